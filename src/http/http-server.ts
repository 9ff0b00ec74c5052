import { createApp, createFeedOnlyApp, type RoutesOptions } from './app.ts';
import { startListener, type Listener, type ListenerOptions } from './listener.ts';

export interface HttpServerOptions extends Pick<ListenerOptions, 'keepsProcessAlive' | 'onUpgrade'> {
  readonly routes: RoutesOptions;
  readonly host: string;
  /** Everything. 0 takes any free one. */
  readonly httpPort: number;
  /** The feed alone; equal ports make one listener. */
  readonly feedPort: number;
}

/**
 * Listens on both ports.
 *
 * @throws ExporterError `port_in_use` or `listen_failed`; what had been opened is closed again
 */
export async function startHttpServer(options: HttpServerOptions): Promise<Listener> {
  const { routes, host, httpPort, feedPort, keepsProcessAlive, onUpgrade } = options;
  const shared = { host, keepsProcessAlive, checkUpgrade: routes.access.checkUpgrade, onUpgrade };
  const main = await startListener({
    ...shared,
    port: httpPort,
    portSetting: 'MONITORING_DASHBOARD_PORT (or --port)',
    onRequest: createApp(routes),
  });
  if (feedPort === httpPort) return main;
  try {
    const feedOnly = { onRequest: createFeedOnlyApp(), portSetting: 'MONITORING_WS_PORT (or --port)' };
    const feed = await startListener({ ...shared, ...feedOnly, port: feedPort });
    return {
      url: main.url,
      close: async (graceMs) => void (await Promise.all([main.close(graceMs), feed.close(graceMs)])),
    };
  } catch (error) {
    await main.close(0);
    throw error;
  }
}
