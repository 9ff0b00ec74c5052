import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import type { Config } from '../settings/config.ts';
import { clientOf, isLoopbackAddress, isLoopbackName } from '../client-address.ts';
import type { RefusalReason } from '../monitor/refusal-reasons.ts';
import { forwardedHost, hostsOf, isSameAddress, isSameHost, parseHost, type Host } from './host-header.ts';
import { RefusedRequests, type RefusedRequestsOptions } from './refused-requests.ts';
import { createRefusals, withoutChallenge, type Refusal } from './refusals.ts';
import { RefusedSources } from './refused-sources.ts';
import { keysIn } from './request-keys.ts';

export interface GateOptions extends RefusedRequestsOptions {
  readonly config: Pick<
    Config,
    | 'host'
    | 'apiKey'
    | 'allowedHosts'
    | 'allowedOrigins'
    | 'publicUrl'
    | 'allowsUnauthenticated'
    | 'variablePrefix'
  >;
  /** Reads the key of a client that cannot set headers, such as a browser that opens a WebSocket. */
  readonly keyWithoutHeader: (headers: IncomingHttpHeaders) => string | undefined;
}

/**
 * Checks every request and upgrade before it reaches a route. Checking `Host` prevents DNS rebinding, `Origin` keeps out
 * pages of other sites, and the key authenticates the client.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning}
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #refused: RefusedRequests;
  readonly #refusedSources: RefusedSources;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #keyDigest: Buffer | null;
  readonly #refusals: Readonly<Record<RefusalReason, Refusal>>;

  constructor(options: GateOptions) {
    const { host, apiKey, allowedHosts, allowedOrigins, publicUrl } = options.config;
    // The operator has configured this URL for the page, so its host and origin are allowed.
    const page = publicUrl === undefined ? [] : [new URL(publicUrl)];
    const names = [bracketed(host), ...allowedHosts, ...page.map(({ hostname }) => hostname)];
    this.#options = options;
    this.#refused = new RefusedRequests(options);
    this.#refusedSources = new RefusedSources(options.logger, options.config.variablePrefix);
    this.#hosts = new Set(names.flatMap((name) => parseHost(name)?.name ?? []));
    this.#origins = new Set([...allowedOrigins, ...page.map(({ origin }) => origin)]);
    this.#keyDigest = apiKey === undefined ? null : digest(apiKey);
    this.#refusals = createRefusals(options.config.variablePrefix);
  }

  /** Checks the source without the Origin. The page's files are public, and a page whose Origin is refused must be able to say so. */
  checkHost(request: IncomingMessage): Refusal | null {
    const hosts = hostsOf(request);
    if (!hosts) return this.#refuse(request, 'invalid_host');
    if (!hosts.every((host) => this.#isOwnHost(host, request)))
      return this.#refuseSource(request, 'forbidden_host');
    return this.#isExposedWithoutKey(request) ? this.#refuse(request, 'authentication_required') : null;
  }

  /** Checks the Host, the Origin, and the address that the request was sent to. */
  checkSource(request: IncomingMessage): Refusal | null {
    const refusal = this.checkHost(request);
    if (refusal) return refusal;
    const isOwn = this.#isOwnOrigin(request, hostsOf(request) ?? []);
    return isOwn ? null : this.#refuseSource(request, 'forbidden_origin');
  }

  /** Checks the API key, if one is required. One of `keys` must be the right one. */
  checkKey(request: IncomingMessage, keys = keysIn(request.headers)): Refusal | null {
    const rightKey = this.#keyDigest;
    if (!rightKey) return null;
    if (keys.length === 0) return this.#refuse(request, 'missing_key');
    // Throttled clients are refused even with the right key, so that they cannot test guesses.
    const retryAfter = this.#refused.retryAfterSeconds(clientOf(request.socket));
    if (retryAfter > 0) {
      const refusal = this.#refuse(request, 'too_many_attempts');
      return { ...refusal, headers: { 'Retry-After': String(retryAfter) } };
    }
    const digests = keys.map(digest);
    if (digests.some((each) => timingSafeEqual(each, rightKey))) return null;
    return this.#refuse(request, 'wrong_key', digests);
  }

  /** Applies the same checks to the feed's WebSocket at `/ws`, which may be below the path of another app. */
  checkUpgrade(request: IncomingMessage): Refusal | null {
    const { url = '', headers } = request;
    if (!isFeedPath(url)) return { status: 404, code: 'unknown_route', message: 'the live feed is at /ws' };
    const key = this.#options.keyWithoutHeader(headers);
    const keys = [...keysIn(headers), ...(key === undefined ? [] : [key])];
    return this.checkSource(request) ?? this.checkKey(request, keys);
  }

  #isOwnHost({ name }: Host, { socket }: IncomingMessage): boolean {
    // An IP address in `Host` is safe: DNS rebinding needs a host name.
    return isLoopbackName(name) || this.#hosts.has(name) || isSameAddress(name, socket.localAddress ?? '');
  }

  #isOwnOrigin(request: IncomingMessage, hosts: readonly Host[]): boolean {
    const { origin } = request.headers;
    if (origin === undefined || this.#origins.has(origin)) return true;
    const page = URL.canParse(origin) ? parseHost(new URL(origin).host) : null;
    if (!page) return false;
    if (hosts.every((host) => isSameHost(page, host))) return true;
    // A reverse proxy may also serve a rebound name, so its host must be an own one as well.
    const [host] = hosts;
    const forwarded = hosts.length === 1 && host ? forwardedHost(request, host) : null;
    return forwarded !== null && this.#isOwnHost(forwarded, request) && isSameHost(page, forwarded);
  }

  /** Possible only if the routes are mounted in another app: the exporter itself does not listen like this. */
  #isExposedWithoutKey({ socket: { localAddress } }: IncomingMessage): boolean {
    const isOpen = !this.#keyDigest && !this.#options.config.allowsUnauthenticated;
    return isOpen && localAddress !== undefined && !isLoopbackAddress(localAddress);
  }

  #refuseSource(request: IncomingMessage, reason: 'forbidden_host' | 'forbidden_origin'): Refusal {
    this.#refusedSources.add(request.headers, reason);
    return this.#refuse(request, reason);
  }

  #refuse(request: IncomingMessage, reason: RefusalReason, wrongKeys: readonly Buffer[] = []): Refusal {
    this.#refused.add(
      clientOf(request.socket),
      reason,
      wrongKeys.map((key) => key.toString('base64')),
    );
    const refusal = this.#refusals[reason];
    return refusal.status === 401 && isFromPage(request) ? withoutChallenge(refusal) : refusal;
  }
}

/**
 * Whether a browser sends this request for the exporter's own page or an opened link. Without TLS, browsers do not name the
 * site; the page then has its own header, and a handshake an `Origin`.
 */
function isFromPage({ headers }: IncomingMessage): boolean {
  const { 'sec-fetch-site': site = '', 'x-requested-with': page, origin } = headers;
  if (page !== undefined || ['same-origin', 'none'].includes(site)) return true;
  return isUpgrade(headers) && origin !== undefined;
}

function isUpgrade({ upgrade }: IncomingHttpHeaders): boolean {
  return upgrade?.toLowerCase() === 'websocket';
}

export function isFeedPath(url: string): boolean {
  return /^[^?]*\/ws(\?|$)/.test(url);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

// timingSafeEqual requires inputs of equal length.
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
