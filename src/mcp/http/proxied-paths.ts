import { AnnouncedEndpoints, type AnnouncedEndpointsOptions } from './announced-endpoints.ts';

/** Maps each path of the proxy to a URL of the server. */
export class ProxiedPaths {
  /** Endpoints of HTTP+SSE streams. */
  readonly endpoints: AnnouncedEndpoints;
  readonly redirects: AnnouncedEndpoints;
  readonly #upstream: URL;

  constructor(options: AnnouncedEndpointsOptions) {
    this.#upstream = options.upstream;
    this.endpoints = new AnnouncedEndpoints(options);
    this.redirects = new AnnouncedEndpoints(options);
  }

  /** Whether `path` maps to a URL that the server has announced. */
  has(path: string): boolean {
    return this.#announced(path) !== undefined;
  }

  /** The URL that the server has announced for `path`. For any other path, the server's endpoint with both queries. */
  targetOf(path: string): URL {
    const { pathname, search } = new URL(path, this.#upstream.origin);
    const announced = this.#announced(pathname, search);
    if (announced) return announced;
    const target = new URL(this.#upstream);
    const query = path.slice(path.indexOf('?') + 1);
    if (path.includes('?')) target.search += `${target.search === '' ? '?' : '&'}${query}`;
    return target;
  }

  #announced(path: string, search?: string): URL | undefined {
    return this.endpoints.targetOf(path, search) ?? this.redirects.targetOf(path, search);
  }
}
