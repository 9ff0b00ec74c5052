import type { IncomingHttpHeaders } from 'node:http';

import { createApp, createFeedOnlyApp, type AppOptions } from './app.ts';
import { createKeyCheck } from './auth.ts';
import { startListener, type Listener, type ListenerOptions } from './listener.ts';
import { createOriginCheck } from './origin.ts';
import { createUpgradeCheck } from './upgrade.ts';

/** Where to listen, and who may come. */
interface HttpSettings {
  readonly host: string;
  /** Everything. 0 takes any free one. */
  readonly httpPort: number;
  /** The feed alone; equal ports make one listener. */
  readonly feedPort: number;
  /** Undefined where nothing asks for a key. */
  readonly apiKey: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

export interface HttpServerOptions
  extends
    Omit<AppOptions, 'isRightKey' | 'checkOrigin'>,
    Pick<ListenerOptions, 'keepsProcessAlive' | 'onUpgrade'> {
  readonly settings: HttpSettings;
  /** The key of a client that cannot send `Authorization`: browsers, with a WebSocket. */
  readonly keyWithoutHeader: (headers: IncomingHttpHeaders) => string | undefined;
}

/**
 * Listens on both ports.
 *
 * @throws ExporterError `port_in_use` or `listen_failed`; what had been opened is closed again
 */
export async function startHttpServer(options: HttpServerOptions): Promise<Listener> {
  const { settings, keepsProcessAlive, onUpgrade, keyWithoutHeader } = options;
  const { host, httpPort, feedPort } = settings;
  const isRightKey = createKeyCheck(settings.apiKey);
  const allowedHosts = [...settings.allowedHosts, host];
  const checkOrigin = createOriginCheck({ allowedHosts, allowedOrigins: settings.allowedOrigins });
  const checkUpgrade = createUpgradeCheck({ isRightKey, checkOrigin, keyWithoutHeader });
  const shared = { host, keepsProcessAlive, checkUpgrade, onUpgrade };

  const main = await startListener({
    ...shared,
    port: httpPort,
    portSetting: 'MONITORING_DASHBOARD_PORT',
    onRequest: createApp({ ...options, isRightKey, checkOrigin }),
  });
  if (feedPort === httpPort) return main;
  try {
    const feedOnly = { onRequest: createFeedOnlyApp(), portSetting: 'MONITORING_WS_PORT' };
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
