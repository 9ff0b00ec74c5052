import type { Config } from '../settings/config.ts';
import type { Exporter } from '../exporter/exporter.ts';
import type { ExporterUrls } from '../exporter/exporter-urls.ts';
import { withoutCredentials } from '../http/url-credentials.ts';
import type { Logger } from '../logging/logger.ts';
import { readVersion } from '../package-files.ts';
import { stopOnSignals } from './stop-signals.ts';

/** The process exits after this time even if a part has not stopped. */
const STOP_WITHIN_MS = 5000;

interface RunOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Whether stdout carries MCP messages. Then the addresses are only logged. */
  readonly isQuiet?: boolean;
}

/** Starts an exporter that runs until a stop signal. */
export async function runExporter(exporter: Exporter, options: RunOptions): Promise<ExporterUrls> {
  const { config, logger, isQuiet = false } = options;
  stopOnSignals((signal) => void stop(exporter, logger, signal));
  logAlertSender(config, logger);
  // The reader of stdout may be gone.
  process.stdout.on('error', () => undefined);
  const urls = await exporter.start();
  logger.info(urls, 'started');
  if (!isQuiet) process.stdout.write(greeting(urls, config.hubUrl));
  return urls;
}

export async function stop(exporter: Exporter, logger: Logger, reason: string): Promise<void> {
  logger.info({ reason }, 'stopping');
  setTimeout(() => {
    logger.warn({ afterMs: STOP_WITHIN_MS }, 'shutdown timed out');
    process.exit(0);
  }, STOP_WITHIN_MS).unref();
  await exporter.close();
  logger.info('stopped');
  process.exit(0);
}

function logAlertSender({ isAlertingEnabled, prometheusUrl }: Config, logger: Logger): void {
  if (!isAlertingEnabled) return;
  if (prometheusUrl === undefined) logger.info('this exporter posts alerts, PROMETHEUS_URL is not set');
  else logger.info('Alertmanager posts alerts, PROMETHEUS_URL is set');
}

function greeting({ page, metrics, mcp }: ExporterUrls, hubUrl: string | undefined): string {
  const lines = [`mcp-exporter ${readVersion()}`];
  if (metrics !== null) lines.push(`  metrics       ${metrics}`);
  if (page !== null) lines.push(`  live page     ${page}`);
  if (mcp !== null) lines.push(`  MCP endpoint  ${mcp}`);
  if (hubUrl !== undefined) lines.push(`  reports to    ${withoutCredentials(hubUrl).href}`);
  return `${lines.join('\n')}\n`;
}
