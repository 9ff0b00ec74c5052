import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** uri-host [ ":" port ], without user and zone (RFC 9110, section 7.2). */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;
const MAX_PORT = 65_535;

export interface Host {
  /** Lower case, without a final dot. An IPv6 address is in canonical form without brackets. */
  readonly name: string;
  /** Null for the scheme's default port. */
  readonly port: number | null;
}

/** Parses a host with an optional port; null if the text is invalid. */
export function parseHost(text: string): Host | null {
  const [, ipv6, name, portText] = HOST.exec(text) ?? [];
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && port > MAX_PORT) return null;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { name: canonicalIpv6(ipv6), port } : null;
  const plain = name?.toLowerCase().replace(/\.$/, '') ?? '';
  return plain === '' ? null : { name: plain, port };
}

/**
 * All hosts in a request: the one in `Host`, and another one if the target is an absolute URL. Null if a host is invalid, or
 * `Host` is missing or sent twice.
 */
export function hostsOf({ rawHeaders, headers, url = '' }: IncomingMessage): readonly Host[] | null {
  const count = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  const host = parseHost(headers.host ?? '');
  if (count > 1 || !host) return null;
  if (url.startsWith('/') || url === '*') return [host];
  const [, authority = ''] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  const target = parseHost(authority);
  return target && [host, target];
}

/**
 * The host that the client has requested from a reverse proxy, which may have changed `Host`. Pages of other sites cannot
 * set these headers without a preflight request, which the exporter never allows.
 */
export function forwardedHost({ headers }: IncomingMessage, own: Host): Host | null {
  const first = (name: string) =>
    String(headers[name] ?? '')
      .split(',', 1)[0]
      ?.trim() ?? '';
  const host = first('x-forwarded-host') === '' ? own : parseHost(first('x-forwarded-host'));
  const port = /^\d{1,5}$/.test(first('x-forwarded-port')) ? Number(first('x-forwarded-port')) : null;
  return host && { name: host.name, port: host.port ?? port };
}

/**
 * Whether both are the same host and port. Ports 80 and 443 are equal to none: the scheme is unknown, because a reverse proxy
 * may terminate TLS.
 */
export function isSameHost(a: Host, b: Host): boolean {
  const isDefault = ({ port }: Host) => port === null || port === 80 || port === 443;
  return a.name === b.name && (a.port === b.port || (isDefault(a) && isDefault(b)));
}

/** Whether a name is a socket's address, which may be IPv4 mapped to IPv6, or have a zone (`fe80::1%eth0`). */
export function isSameAddress(name: string, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isIPv4(plain)) return name === plain;
  return isIPv6(plain) && isIPv6(name) && canonicalIpv6(plain) === name;
}

function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
