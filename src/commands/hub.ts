import { createExporter } from '../exporter/exporter.ts';
import { createLogger } from '../logging/logger.ts';
import { expectNoPositionals, parseOptions, readSettings } from './arguments.ts';
import { runExporter } from './running-exporter.ts';

/** `mcp-exporter hub`: collects the events of proxies and programs, and serves their metrics and the live page. */
export async function hub(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('hub', args);
  expectNoPositionals('hub', positionals);
  // A hub does not report to another hub.
  const config = { ...readSettings(values), hubUrl: undefined };
  const logger = createLogger(config.logLevel);
  const exporter = createExporter({ config, logger, keepsProcessAlive: true, strict: true });
  await runExporter(exporter, { config, logger });
}
