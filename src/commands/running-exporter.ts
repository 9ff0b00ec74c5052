import type { Config } from '../settings/config.ts';
import type { Exporter } from '../exporter/exporter.ts';
import type { ExporterUrls } from '../exporter/exporter-urls.ts';
import { withoutCredentials } from '../http/url-credentials.ts';
import type { Logger } from '../logging/logger.ts';
import { readVersion } from '../package-files.ts';
import { stopOnSignals } from './stop-signals.ts';

/** Whatever hangs at a stop is left behind after this. */
const STOP_WITHIN_MS = 5000;

interface RunOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Whether stdout is somebody else's: then only the log says where the exporter listens. */
  readonly isQuiet?: boolean;
}

/** Starts an exporter as a program of its own, which ends by a signal. */
export async function runExporter(exporter: Exporter, options: RunOptions): Promise<ExporterUrls> {
  const { config, logger, isQuiet = false } = options;
  stopOnSignals((signal) => void stop(exporter, logger, signal));
  warnOfUnusedKey(config, logger);
  sayWhoPostsAlerts(config, logger);
  // Whoever started us may have stopped reading.
  process.stdout.on('error', () => undefined);
  const urls = await exporter.start();
  logger.info(urls, 'started');
  if (!isQuiet) process.stdout.write(greeting(urls, config.hubUrl));
  return urls;
}

export async function stop(exporter: Exporter, logger: Logger, reason: string): Promise<void> {
  logger.info({ reason }, 'stopping');
  setTimeout(() => {
    logger.warn('something did not stop in time');
    process.exit(0);
  }, STOP_WITHIN_MS).unref();
  await exporter.close();
  logger.info('stopped');
  process.exit(0);
}

function warnOfUnusedKey({ apiKey, hubKey, hubUrl }: Config, logger: Logger): void {
  if (apiKey === undefined && hubKey !== undefined && hubUrl === undefined) {
    logger.warn('MONITORING_API_KEY is not required of clients: set MONITORING_REQUIRE_AUTH=true');
  }
}

function sayWhoPostsAlerts({ isAlertingEnabled, prometheusUrl }: Config, logger: Logger): void {
  if (!isAlertingEnabled) return;
  if (prometheusUrl === undefined)
    logger.info('alerts are posted by this exporter: PROMETHEUS_URL is not set');
  else logger.info('alerts are posted by Alertmanager, not by this exporter: PROMETHEUS_URL is set');
}

function greeting({ page, metrics, mcp }: ExporterUrls, hubUrl: string | undefined): string {
  const lines = [`mcp-exporter ${readVersion()}`];
  if (metrics !== null) lines.push(`  metrics       ${metrics}`);
  if (page !== null) lines.push(`  live page     ${page}`);
  if (mcp !== null) lines.push(`  MCP endpoint  ${mcp}`);
  if (hubUrl !== undefined) lines.push(`  reports to    ${withoutCredentials(hubUrl).href}`);
  return `${lines.join('\n')}\n`;
}
