import { loadConfig } from '../settings/config.ts';
import { createExporter } from '../exporter/exporter.ts';
import { createLogger } from '../logging/logger.ts';
import { expectNoMore, parseOptions, withPort } from './arguments.ts';
import { runExporter } from './running-exporter.ts';

/** `mcp-exporter hub`: metrics and page of what others report. */
export async function hub(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('hub', args, { port: { type: 'string' } });
  expectNoMore('hub', positionals);
  // A hub does not report to another one.
  const config = { ...withPort(loadConfig(process.env), values.port), hubUrl: undefined };
  const logger = createLogger(config.logLevel);
  const exporter = createExporter({ config, logger, keepsProcessAlive: true, strict: true });
  await runExporter(exporter, { config, logger });
}
