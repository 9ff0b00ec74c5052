import { BlockList, isIP } from 'node:net';

import { isLoopbackName } from '../client-address.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for requests to `url`; null to connect directly. Reads the variables as curl does, in lower or upper case:
 * `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`. As in Go, requests to this machine never use a proxy, which
 * would connect to its own loopback address.
 *
 * @throws TypeError if the variable is not the URL of an HTTP proxy
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const scheme = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const name = read(env, scheme) === '' ? 'all_proxy' : scheme;
  const proxy = read(env, name);
  if (proxy === '' || isDirect(url, read(env, 'no_proxy'))) return null;
  const address = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address);
  // The value may contain a password.
  throw new TypeError(`${name.toUpperCase()}: expected the URL of an HTTP proxy, such as http://proxy:3128`);
}

/** As an empty variable counts as not set, the other case is read then. */
function read(env: Environment, name: string): string {
  return (env[name] || env[name.toUpperCase()] || '').trim();
}

function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return isLoopbackName(host) || entries.some((entry) => entry !== '' && matches(entry, host, port));
}

/** `*`, a name with all names below it, an address or a network, each also with a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, onlyPort = port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== port) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*?\./, '');
  return host === bare || host.endsWith(`.${bare}`) || isInNetwork(host, bare);
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', prefix] = network.split('/');
  const family = isIP(address);
  if (prefix === undefined || family === 0 || isIP(host) !== family) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  try {
    list.addSubnet(address, Number(prefix), type);
  } catch {
    return false;
  }
  return list.check(host, type);
}
