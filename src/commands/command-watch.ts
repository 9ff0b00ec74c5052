import { setTimeout as delay } from 'node:timers/promises';

import type { Config } from '../config.ts';
import { errorMessage } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { SessionRegistry } from '../monitor/session-registry.ts';
import type { ProxyOptions } from './proxy-options.ts';

/** Where a proxy tells what it sees. */
export interface Watch {
  readonly sessions: SessionRegistry;
  /** Tells what is left, in little time: somebody waits for this process to end. */
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 500;

/** A hub where there is one, or else an exporter in this process. Whatever goes wrong here, the server is served. */
export async function openWatch(options: ProxyOptions): Promise<Watch> {
  const { config, logger } = options;
  return config.hubUrl === undefined ? openExporter(options) : openReporter(config, config.hubUrl, logger);
}

async function openReporter(config: Config, hubUrl: string, logger: Logger): Promise<Watch> {
  const { HubReporter } = await import('../relay/hub-reporter.ts');
  const sessions = new SessionRegistry({
    onFault: (part, error) => logger.error({ part, err: error }, 'a part of the exporter failed'),
  });
  const reporter = new HubReporter({ sessions, hubUrl, apiKey: config.hubKey, logger });
  return {
    sessions,
    async close() {
      sessions.stop();
      await reporter.close();
    },
  };
}

async function openExporter(options: ProxyOptions): Promise<Watch> {
  const { config, logger } = options;
  const { createExporter } = await import('../exporter.ts');
  const { announce } = await import('./announce.ts');
  const exporter = createExporter({ config, logger });
  let withdraw = () => undefined as void;
  exporter.start().then(
    async (urls) => {
      logger.info(urls, 'started');
      withdraw = await announce(options, urls.metrics);
    },
    (error: unknown) =>
      logger.error({ reason: errorMessage(error) }, 'nobody can look: the exporter did not start'),
  );
  return {
    sessions: exporter.sessions,
    async close() {
      withdraw();
      await Promise.race([exporter.close(), delay(CLOSE_WITHIN_MS)]);
    },
  };
}
