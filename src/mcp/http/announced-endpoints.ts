import { randomBytes } from 'node:crypto';

import { LIMITS, type OnLimit } from '../../monitor/limits.ts';
import { FairShare } from '../../monitor/fair-share.ts';

/** The client that an address was announced to, and the upstream address behind it. */
interface Announced {
  readonly client: string;
  readonly token: string;
  readonly target: URL;
}

export interface AnnouncedTo {
  readonly client: string;
  /** The host under which the client reaches the proxy; a server may be configured to announce it. */
  readonly ownHost: string;
}

const PREFIX = '/mcp/';
const MAX_PER_CLIENT = 1000;

export interface AnnouncedEndpointsOptions {
  /** Where the server's MCP endpoint is; an address of another origin is never followed. */
  readonly upstream: URL;
  readonly onLimit: OnLimit;
}

/** One address of a server under a name of the proxy's own. */
export interface OwnAddress {
  /** A path below `/mcp/` that cannot be guessed, with the query of the server's address. */
  readonly path: string;
  forget(): void;
}

/**
 * The addresses that a server announces to its clients: the endpoint of an HTTP+SSE stream, or a redirect. Each becomes an
 * unguessable path below `/mcp/`, so that none can take over a route.
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
   * @param base - the address at the server that it answers for
   * @returns null for an address of another origin
   */
  announce(reference: string, base: URL, { client, ownHost }: AnnouncedTo): OwnAddress | null {
    const target = this.#targetOf(reference, base, ownHost);
    return target && this.#own(this.#add(client, target));
  }

  /** The same for an address that is announced again and again: each client has one path for it. */
  announceOnce(reference: string, base: URL, { client, ownHost }: AnnouncedTo): OwnAddress | null {
    const target = this.#targetOf(reference, base, ownHost);
    if (!target) return null;
    const known = this.#byTarget.get(keyOf(client, target));
    if (known) this.#share.use(client, known);
    const announced = known ?? this.#add(client, target);
    this.#byTarget.set(keyOf(client, target), announced);
    return this.#own(announced);
  }

  /** Where a request for a path of ours goes; the query is the client's. Undefined for a path that is not known. */
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
    // Without user and password, which would become a header.
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

/** Compares as URLs do: host names ignore case, and a default port may be left out. */
function isAtHost({ protocol, host }: URL, other: string): boolean {
  const url = `${protocol}//${other}`;
  return URL.canParse(url) && new URL(url).host === host;
}
