import { randomBytes } from 'node:crypto';

import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { FairShare } from '../../monitor/fair-share.ts';

/** The client that an address was announced to, and its upstream URL. */
interface Announced {
  readonly client: string;
  readonly token: string;
  readonly target: URL;
}

export interface AnnouncedTo {
  readonly client: string;
  /** The host by which the client reaches the proxy. A server may be configured to announce it. */
  readonly ownHost: string;
}

const PREFIX = '/mcp/';
const MAX_PER_CLIENT = 1000;

export interface AnnouncedEndpointsOptions {
  /** The URL of the server's MCP endpoint. Addresses of other origins are not mapped. */
  readonly upstream: URL;
  readonly onLimit: OnLimit;
}

/** A path of the proxy that maps to an address of the server. */
export interface OwnAddress {
  /** An unguessable path below `/mcp/`, with the query of the server's address. */
  readonly path: string;
  forget(): void;
}

/**
 * The addresses that a server announces to its clients: endpoints of HTTP+SSE streams, and redirects. Each is mapped to an
 * unguessable path below `/mcp/`, so that it cannot shadow a route of the exporter.
 */
export class AnnouncedEndpoints {
  readonly #options: AnnouncedEndpointsOptions;
  readonly #byToken = new Map<string, Announced>();
  readonly #byTarget = new Map<string, Announced>();
  readonly #share = new FairShare<Announced>({
    max: LIMITS.announced_endpoints.max,
    maxPerOwner: MAX_PER_CLIENT,
  });

  constructor(options: AnnouncedEndpointsOptions) {
    this.#options = options;
  }

  /**
   * @param reference - as the server wrote it
   * @param base - the server's URL that `reference` is resolved against
   * @returns null for an address of another origin
   */
  announce(reference: string, base: URL, { client, ownHost }: AnnouncedTo): OwnAddress | null {
    const target = this.#targetOf(reference, base, ownHost);
    return target && this.#own(this.#add(client, target));
  }

  /** The same for an address that is announced repeatedly. Each client gets one path for it. */
  announceOnce(reference: string, base: URL, { client, ownHost }: AnnouncedTo): OwnAddress | null {
    const target = this.#targetOf(reference, base, ownHost);
    if (!target) return null;
    const known = this.#byTarget.get(keyOf(client, target));
    if (known) this.#share.use(client, known);
    const announced = known ?? this.#add(client, target);
    this.#byTarget.set(keyOf(client, target), announced);
    return this.#own(announced);
  }

  /** The server's URL for a path of the proxy, with the client's query. Undefined for an unknown path. */
  targetOf(path: string, search = ''): URL | undefined {
    const announced = path.startsWith(PREFIX) ? this.#byToken.get(path.slice(PREFIX.length)) : undefined;
    if (!announced) return undefined;
    const target = new URL(announced.target);
    target.search = search;
    return target;
  }

  #targetOf(reference: string, base: URL, ownHost: string): URL | null {
    const target = URL.canParse(reference, base.href) ? new URL(reference, base.href) : null;
    if (!target || !/^https?:$/.test(target.protocol)) return null;
    const { upstream } = this.#options;
    const isOurs = target.origin === upstream.origin || isAtHost(target, ownHost);
    // Omits user and password, which would be sent as a header.
    return isOurs ? new URL(`${upstream.origin}${target.pathname}${target.search}`) : null;
  }

  #add(client: string, target: URL): Announced {
    if (!this.#share.hasRoom(client)) {
      this.#options.onLimit('announced_endpoints');
      const oldest = this.#share.victimFor(client, () => true);
      if (oldest) this.#forget(oldest);
    }
    const announced = { client, token: randomBytes(16).toString('base64url'), target };
    this.#byToken.set(announced.token, announced);
    this.#share.use(client, announced);
    return announced;
  }

  #own(announced: Announced): OwnAddress {
    const path = `${PREFIX}${announced.token}${announced.target.search}`;
    return { path, forget: () => this.#forget(announced) };
  }

  #forget(announced: Announced): void {
    const { client, token, target } = announced;
    this.#byToken.delete(token);
    if (this.#byTarget.get(keyOf(client, target)) === announced) this.#byTarget.delete(keyOf(client, target));
    this.#share.delete(client, announced);
  }
}

function keyOf(client: string, { href }: URL): string {
  return `${client} ${href}`;
}

/** Compares hosts as URLs do: they ignore case, and a default port can be omitted. */
export function isAtHost({ protocol, host }: URL, other: string): boolean {
  const url = `${protocol}//${other}`;
  return URL.canParse(url) && new URL(url).host === host;
}
