import { createExporter } from '../exporter/exporter.ts';
import { createLogger } from '../logging/logger.ts';
import { pipelineServer } from '../pipeline/pipeline-source.ts';
import { expectNoPositionals, parseOptions, readSettings } from './arguments.ts';
import { runExporter, stop } from './running-exporter.ts';

/** `mcp-exporter serve`: runs the built-in pipeline server on a workspace, with metrics and the live page. */
export async function serve(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('serve', args);
  expectNoPositionals('serve', positionals);
  const { workspace: workspaceDir = process.cwd(), stdio: isStdioServed } = values;
  const isWorkspaceTrusted = values['trust-workspace'];
  const config = readSettings(values);
  const logger = createLogger(config.logLevel);
  const exporter = createExporter({
    config,
    logger,
    mcp: pipelineServer({ workspaceDir, isWorkspaceTrusted }),
    isStdioServed,
    keepsProcessAlive: true,
    strict: true,
  });
  await runExporter(exporter, { config, logger, isQuiet: isStdioServed });
  if (!isStdioServed) return;
  await exporter.stdioClosed;
  await stop(exporter, logger, 'client disconnected');
}
