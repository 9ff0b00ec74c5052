import { createExporter } from '../exporter/exporter.ts';
import { createLogger } from '../logging/logger.ts';
import { expectNoMore, parseOptions, readSettings, settingFlags } from './arguments.ts';
import { runExporter } from './running-exporter.ts';

/** `mcp-exporter hub`: metrics and page of what others report. */
export async function hub(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('hub', args, settingFlags('port'));
  expectNoMore('hub', positionals);
  // A hub does not report to another one.
  const config = { ...readSettings(values), hubUrl: undefined };
  const logger = createLogger(config.logLevel);
  const exporter = createExporter({ config, logger, keepsProcessAlive: true, strict: true });
  await runExporter(exporter, { config, logger });
}
