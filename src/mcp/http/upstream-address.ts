import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

const lookupUpstream: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) callback(error, []);
    else callback(null, isLocalhost(hostname) ? withLoopback(addresses) : addresses);
  });
};

/**
 * How to connect to an upstream: the addresses of its name are tried one after the other until one accepts (RFC 8305).
 * `localhost` has both loopback addresses (RFC 6761, section 6.3), even if the resolver knows only one.
 */
export const CONNECT_OPTIONS = { autoSelectFamily: true, lookup: lookupUpstream };

/** The host to connect to: a name, or an address without the brackets that a URL has around IPv6. */
export function connectHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function connectPort({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function isLocalhost(hostname: string): boolean {
  return /^([^.]+\.)*localhost\.?$/i.test(hostname);
}

function withLoopback(addresses: readonly LookupAddress[]): LookupAddress[] {
  const missing = LOOPBACK.filter(({ address }) => !addresses.some((known) => known.address === address));
  return [...addresses, ...missing];
}
