import { createHash } from 'node:crypto';

export const FIRST_PROXY_PORT = 3101;

/** Size of the port range of proxies. */
const PORTS = 100;

/** Begins the fragment of the URLs that `wrap-config` writes. Clients do not send fragments. */
const MARK = '#mcp-exporter:';

/** The ports of the proxies in front of HTTP servers. */
export interface ProxyPorts {
  /** The range as text: `3101 to 3200`. */
  readonly range: string;
  /**
   * The port for an upstream and a server name. It is the same in every file, unless another server of the file uses
   * it. Undefined if the range is used up.
   */
  portFor(upstream: URL, name: string): number | undefined;
}

/** @param inUse - URLs whose ports are never assigned if they are on this machine */
export function createProxyPorts(firstPort: number, inUse: readonly URL[]): ProxyPorts {
  const lastPort = firstPort + PORTS - 1;
  if (!Number.isInteger(firstPort) || firstPort < 1 || lastPort > 65_535) {
    throw new TypeError(`expected a first port from 1 to ${65_536 - PORTS}, received ${firstPort}`);
  }
  const taken = new Set(inUse.filter(isLoopback).map((url) => Number(url.port)));
  const given = new Map<string, number>();
  return {
    range: `${firstPort} to ${lastPort}`,
    portFor({ href }, name) {
      const key = JSON.stringify([href, name]);
      const before = given.get(key);
      if (before !== undefined) return before;
      const start = stableHash(href);
      const candidates = Array.from({ length: PORTS }, (_, i) => firstPort + ((start + i) % PORTS));
      const port = candidates.find((candidate) => !taken.has(candidate));
      if (port === undefined) return undefined;
      taken.add(port);
      given.set(key, port);
      return port;
    },
  };
}

/** The URL of a proxy, with the URL of the server behind it in the fragment. */
export function proxyUrl(port: number, upstream: URL): string {
  return `http://127.0.0.1:${port}/mcp${MARK}${upstream.href}`;
}

/** The URL of the server behind the proxy at a URL that {@link proxyUrl} has made; otherwise undefined. */
export function upstreamOf({ hash }: URL): string | undefined {
  return hash.startsWith(MARK) ? hash.slice(MARK.length) : undefined;
}

export function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function stableHash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}
