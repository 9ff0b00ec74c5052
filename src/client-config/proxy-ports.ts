/** So many ports from the first one belong to proxies: a loopback URL among them is taken for a wrapped one. */
const PORTS = 100;

/** Where the proxies of servers behind a URL listen. */
export interface ProxyPorts {
  /** From the first to the last one, in words. */
  readonly range: string;
  /** Whether a URL is one that {@link proxyUrl} makes. */
  owns(url: URL): boolean;
  /** The next free port; undefined where none is left. */
  next(): number | undefined;
}

/** @param inUse - URLs whose ports, where they are this machine's, are never given out */
export function createProxyPorts(firstPort: number, inUse: readonly URL[]): ProxyPorts {
  const lastPort = firstPort + PORTS - 1;
  if (!Number.isInteger(firstPort) || firstPort < 1 || lastPort > 65_535) {
    throw new TypeError(`expected a first port from 1 to ${65_536 - PORTS}, received ${firstPort}`);
  }
  const taken = new Set(inUse.filter(isLoopback).map((url) => Number(url.port)));
  let candidate = firstPort;
  return {
    range: `${firstPort} to ${lastPort}`,
    owns: (url) =>
      isLoopback(url) &&
      url.protocol === 'http:' &&
      url.pathname === '/mcp' &&
      Number(url.port) >= firstPort &&
      Number(url.port) <= lastPort,
    next() {
      while (taken.has(candidate)) candidate += 1;
      if (candidate > lastPort) return undefined;
      candidate += 1;
      return candidate - 1;
    },
  };
}

export function proxyUrl(port: number): string {
  return `http://127.0.0.1:${port}/mcp`;
}

function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
