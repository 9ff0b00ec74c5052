// Starts the exporter with a scratch copy of this repository's source as its workspace, and an MCP client that uses it.
import { UsageError } from '../src/commands/usage-error.ts';
import { ExporterError, errorMessage } from '../src/errors.ts';
import { stopSignal } from '../scripts/stop-signals.ts';
import { DEMO_USAGE, readDemoOptions } from './demo-options.ts';
import { startExporter, type RunningExporter } from './exporter-process.ts';
import { printEndedOperations } from './operation-log.ts';
import { createScratchWorkspace, type ScratchWorkspace } from './scratch-workspace.ts';
import { printSummary } from './summary-table.ts';
import { runTraffic } from './traffic.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;

const stopped = stopSignal();
let workspace: ScratchWorkspace | undefined;
let exporter: RunningExporter | undefined;
try {
  await main();
} catch (error) {
  if (!stopped.aborted) report(error);
} finally {
  await exporter?.stop();
  workspace?.remove();
}
// Ends the process even if a connection is still open.
process.exit();

async function main(): Promise<void> {
  const { isOnce, isHelp, port } = readDemoOptions(process.argv.slice(2));
  if (isHelp) return void process.stdout.write(DEMO_USAGE);
  workspace = createScratchWorkspace();
  exporter = await startExporter(workspace.directory, stopped, port);
  const { urls, headers } = exporter;
  console.log(`The exporter watches a scratch copy of this repository:
  live page     ${urls.page}
  metrics       ${urls.metrics}
  MCP endpoint  ${urls.mcp}
`);
  const log = await printEndedOperations(urls.feed, headers);
  await runTraffic({
    mcpUrl: urls.mcp,
    headers,
    workspace,
    stopped,
    ...(isOnce ? { rounds: 1 } : undefined),
    onRoundEnd: (round) => {
      if (round === 1 && !isOnce) console.log('\nCalls go on until Ctrl-C.\n');
    },
  });
  await log.settled();
  if (isOnce) await printSummary(urls.api, headers);
}

function report(error: unknown): void {
  console.error(`demo: ${errorMessage(error).replace(/^demo: /, '')}`);
  if (error instanceof UsageError) console.error('demo: see npm run demo -- --help');
  const isBadConfiguration = error instanceof UsageError || error instanceof ExporterError;
  process.exitCode = isBadConfiguration ? EXIT_BAD_CONFIGURATION : EXIT_FAILED;
}
