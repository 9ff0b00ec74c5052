import type { IncomingHttpHeaders } from 'node:http';

/** Headers that apply to one hop only (RFC 9110, section 7.6.1). `Connection` may name more. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

/** Headers that apply to a whole origin, which is the exporter's, or that make a browser load something from it. */
const ORIGIN_WIDE = [
  'accept-ch',
  'activate-storage-access',
  'alt-svc',
  'clear-site-data',
  'critical-ch',
  'expect-ct',
  'link',
  'nel',
  'origin-agent-cluster',
  'origin-trial',
  'public-key-pins',
  'public-key-pins-report-only',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'sec-session-challenge',
  'sec-session-registration',
  'secure-session-challenge',
  'secure-session-registration',
  'secure-session-skipped',
  'service-worker-allowed',
  'set-cookie2',
  'set-login',
  'sourcemap',
  'speculation-rules',
  'strict-transport-security',
  'use-as-dictionary',
];
const DROPPED = new Set([...HOP_BY_HOP, ...ORIGIN_WIDE]);

/** A browser that opens a response as a page must not run it in the exporter's origin. */
const SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'";

/** Headers that frame a message or name its target. `Connection` cannot remove them. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'host', 'expect']);

/**
 * The headers of a server's response that the client of the proxy receives.
 *
 * @param prefix - begins the paths of the proxy for this client
 */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  prefix = '',
): Record<string, string | string[]> {
  const named = namedByConnection(headers);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isDropped = DROPPED.has(name) || named.has(name);
    if (value !== undefined && !isDropped) kept[name] = value;
  }
  if (headers['set-cookie'])
    kept['set-cookie'] = headers['set-cookie'].map((cookie) => confinedCookie(cookie, prefix));
  const policy = headers['content-security-policy'];
  kept['content-security-policy'] = policy === undefined ? SANDBOX : [policy, SANDBOX].flat();
  kept['x-content-type-options'] = 'nosniff';
  return kept;
}

/**
 * The headers of a client's request that the server receives: neither those of one hop or about a path of the proxy, nor a
 * key of the exporter.
 */
export function requestHeaders(headers: IncomingHttpHeaders, keys: readonly string[]): IncomingHttpHeaders {
  const secrets = keys.flatMap(formsOf);
  const hop = new Set([...HOP_BY_HOP, 'x-forwarded-prefix', ...namedByConnection(headers)]);
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !hop.has(name) && !hasSecret([value].flat().join('\n'), secrets),
    ),
  );
}

function namedByConnection({ connection = '' }: IncomingHttpHeaders): Set<string> {
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => !FRAMING.has(name)));
}

function hasSecret(value: string, secrets: readonly string[]): boolean {
  const basic = /^Basic +([\w+/=-]+)$/i.exec(value)?.[1];
  const texts = basic === undefined ? [value] : [value, Buffer.from(basic, 'base64').toString()];
  return secrets.some((secret) => texts.some((text) => text.includes(secret)));
}

/** Restricts a cookie to the paths of the proxied server. */
function confinedCookie(cookie: string, prefix: string): string {
  const [pair = '', ...attributes] = cookie.split(';');
  const kept = attributes.filter((attribute) => !/^\s*(path|domain)\s*(=|$)/i.test(attribute));
  return [pair, ...kept, ` Path=${prefix}/mcp`].join(';');
}

/** A key as text and as base64, which browsers send with a WebSocket. Base64 and base64url differ at the end. */
function formsOf(key: string): string[] {
  const bytes = Buffer.from(key);
  return [key, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}
