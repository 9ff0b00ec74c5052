import { createApp, createFeedOnlyApp, type RoutesOptions } from './app.ts';
import { startListener, type Listener, type ListenerOptions } from './listener.ts';

export interface HttpServerOptions extends Pick<ListenerOptions, 'keepsProcessAlive' | 'onUpgrade'> {
  readonly routes: RoutesOptions;
  readonly host: string;
  /** Port that serves everything. 0 takes any free port. */
  readonly httpPort: number;
  /** Port that serves only the feed; equal ports share one listener. */
  readonly feedPort: number;
  /** Called with an ExporterError `port_in_use` or `listen_failed` for each port that cannot be opened. */
  readonly onFailure: (which: 'http' | 'feed', error: unknown) => void;
}

/** The listeners that could be opened. */
export interface HttpServer {
  readonly http: Listener | null;
  /** The same as `http` if both share a port. */
  readonly feed: Listener | null;
  /** Stops listening, lets open requests end for `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** Listens on both ports. A port that cannot be opened does not affect the other one. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { routes, host, httpPort, feedPort, keepsProcessAlive, onUpgrade, onFailure } = options;
  const shared = { host, keepsProcessAlive, checkUpgrade: routes.access.checkUpgrade, onUpgrade };
  const open = (which: 'http' | 'feed', own: Pick<ListenerOptions, 'port' | 'portSetting' | 'onRequest'>) =>
    startListener({ ...shared, ...own }).catch((error: unknown) => {
      onFailure(which, error);
      return null;
    });
  const http = await open('http', {
    port: httpPort,
    portSetting: 'MONITORING_DASHBOARD_PORT (or --port)',
    onRequest: createApp(routes),
  });
  const feed =
    feedPort === httpPort
      ? http
      : await open('feed', {
          port: feedPort,
          portSetting: 'MONITORING_WS_PORT (or --port)',
          onRequest: createFeedOnlyApp(),
        });
  const listeners = new Set([http, feed].filter((listener) => listener !== null));
  return {
    http,
    feed,
    close: async (graceMs) => void (await Promise.all([...listeners].map((each) => each.close(graceMs)))),
  };
}
