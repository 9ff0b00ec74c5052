import { setTimeout as delay } from 'node:timers/promises';

import type { Config } from '../settings/config.ts';
import { protectLogger, type Logger } from '../logging/logger.ts';
import { createLogRedaction } from '../logging/log-redaction.ts';
import { createRedactor } from '../redaction/create-redactor.ts';
import { SessionRegistry } from '../monitor/session-registry.ts';
import type { ProxyOptions } from './proxy-options.ts';

/** The observing side of a proxy. */
export interface Watch {
  readonly sessions: SessionRegistry;
  /** Reports or serves the rest, in little time: somebody waits for this process to end. */
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 300;

/**
 * Reports to a hub if one is configured, and else runs an exporter in this process. It never rejects: if neither can be
 * had, the server runs unwatched.
 *
 * @param problems - flags and settings that were not valid, to be logged and counted
 */
export async function openWatch(options: ProxyOptions, problems: readonly Error[]): Promise<Watch> {
  const watch = await openHubOrExporter(options).catch((error: unknown): Watch => {
    options.logger.error({ err: error }, 'the server runs without metrics');
    return { sessions: new SessionRegistry(), close: () => Promise.resolve() };
  });
  for (const problem of problems) watch.sessions.reportFault('settings', problem);
  return watch;
}

async function openHubOrExporter(options: ProxyOptions): Promise<Watch> {
  const { config, logger } = options;
  return config.hubUrl === undefined ? openExporter(options) : openReporter(config, config.hubUrl, logger);
}

async function openReporter(config: Config, hubUrl: string, ownLogger: Logger): Promise<Watch> {
  const { HubReporter } = await import('../relay/hub-reporter.ts');
  const redactor = createRedactor(config.redactPatterns);
  const logger = protectLogger(ownLogger, undefined, createLogRedaction(redactor));
  const sessions = new SessionRegistry({
    redactor,
    onFault: (part, error) => logger.error({ part, err: error }, 'a part of the exporter failed'),
  });
  const reporter = new HubReporter({ sessions, config: { ...config, hubUrl }, logger });
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
  const { createExporter } = await import('../exporter/exporter.ts');
  const exporter = createExporter({ config, logger });
  const started = exporter.start();
  let withdraw = () => undefined as void;
  const announced = started.then(async (urls) => {
    if (urls.metrics === null) return;
    logger.info(urls, 'started');
    const { announce } = await import('./announce.ts');
    withdraw = announce(options, urls.metrics);
  });
  announced.catch((error: unknown) => exporter.sessions.reportFault('discovery', error));
  return {
    sessions: exporter.sessions,
    async close() {
      withdraw();
      await Promise.race([exporter.close(), delay(CLOSE_WITHIN_MS)]);
    },
  };
}
