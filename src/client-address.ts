import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const IPV6_GROUPS = 8;
const OWNED_GROUPS = 4;
const UNKNOWN = 'unknown';

/** Whether `address` is in 127.0.0.0/8 or ::1, also as an IPv4-mapped IPv6 address. Host names are not loopback. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a name is `localhost`, a name below it (RFC 6761), or a loopback address. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/**
 * The key that per-client limits use: an IPv4 address, or the /64 network of an IPv6 address, because one machine can use
 * all addresses of its /64. Clients behind one reverse proxy share a key, because `X-Forwarded-For` can be forged.
 */
export function clientOf({ remoteAddress = '' }: { readonly remoteAddress?: string | undefined }): string {
  const address = withoutMapping(remoteAddress).replace(/%.*$/, '');
  if (isIP(address) !== 6) return address === '' ? UNKNOWN : address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end counts as two groups.
  const rightGroups = right.length + (right.at(-1)?.includes('.') ? 1 : 0);
  const zeros = Math.max(0, IPV6_GROUPS - left.length - rightGroups);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  const network = groups.slice(0, OWNED_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

function withoutMapping(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}
