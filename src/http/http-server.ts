import type { Config } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import type { OnLimit } from '../monitor/limits.ts';
import { createApp, createFeedOnlyApp, type RoutesOptions } from './app.ts';
import { resolveBindAddress } from './bind-address.ts';
import { startListener, type Listener, type ListenerOptions } from './listener.ts';
import type { SocketLimiter } from './socket-limiter.ts';

export interface HttpServerOptions extends Pick<ListenerOptions, 'keepsProcessAlive' | 'onUpgrade'> {
  readonly routes: RoutesOptions;
  /** Port 0 selects any free port. `httpPort` serves everything, `feedPort` only the feed. Equal ports share a listener. */
  readonly config: Pick<
    Config,
    'host' | 'apiKey' | 'allowsUnauthenticated' | 'httpPort' | 'feedPort' | 'variablePrefix' | 'publicUrl'
  >;
  readonly sockets: SocketLimiter;
  readonly onLimit: OnLimit;
  /**
   * Called with an ExporterError: `port_in_use` or `listen_failed` for each port that cannot be opened, or
   * `authentication_required` if no port may be opened.
   */
  readonly onFailure: (which: 'http' | 'feed', error: unknown) => void;
}

/** The open listeners. */
export interface HttpServer {
  readonly http: Listener | null;
  /** Same as `http` if both share a port. */
  readonly feed: Listener | null;
  /** Stops listening, lets open requests end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** Listens on both ports. A port that cannot be opened does not affect the other one. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { routes, config, keepsProcessAlive, onUpgrade, onFailure, sockets, onLimit } = options;
  const { host, httpPort, feedPort, apiKey, variablePrefix, publicUrl } = config;
  const { gate, logger } = routes;
  const bound = await resolveBindAddress(config).catch((error: unknown) => {
    onFailure('http', error);
    return null;
  });
  if (!bound) return { http: null, feed: null, close: () => Promise.resolve() };
  const { address, isLoopback } = bound;
  if (!isLoopback && apiKey === undefined) {
    logger.warn({ host }, 'listening beyond loopback without authentication');
  }
  const shared = { host, address, publicUrl, keepsProcessAlive, gate, sockets, onLimit, onUpgrade };
  const open = (
    which: 'http' | 'feed',
    own: Pick<ListenerOptions, 'port' | 'portSetting' | 'onRequest' | 'isForwarding'>,
  ) =>
    startListener({ ...shared, ...own }).catch((error: unknown) => {
      onFailure(which, error);
      return null;
    });
  const http = await open('http', {
    port: httpPort,
    portSetting: nameOfSetting('httpPort', variablePrefix),
    onRequest: createApp(routes),
    isForwarding: routes.mcp?.isForwarding ?? false,
  });
  const feed =
    feedPort === httpPort
      ? http
      : await open('feed', {
          port: feedPort,
          portSetting: nameOfSetting('feedPort', variablePrefix),
          onRequest: createFeedOnlyApp(gate),
        });
  const listeners = new Set([http, feed].filter((listener) => listener !== null));
  return {
    http,
    feed,
    close: async (graceMs) => void (await Promise.all([...listeners].map((each) => each.close(graceMs)))),
  };
}
