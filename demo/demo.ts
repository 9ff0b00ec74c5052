// Starts the exporter over a scratch copy of this repository's own source, and lets a real MCP client work with it.
import { parseArgs } from 'node:util';

import { stopSignal } from '../scripts/stop-signals.ts';
import { startExporter, type RunningExporter } from './exporter-process.ts';
import { printEndedOperations } from './operation-log.ts';
import { createScratchWorkspace } from './scratch-workspace.ts';
import { printSummary } from './summary-table.ts';
import { runTraffic } from './traffic.ts';

function isOnce(): boolean {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values.once;
  } catch {
    console.error('demo: expected no argument, or --once to end after one round with a summary table');
    process.exit(2);
  }
}

const runsOnce = isOnce();

const stopped = stopSignal();
const workspace = createScratchWorkspace();

let exporter: RunningExporter | undefined;
try {
  exporter = await startExporter(workspace.directory, stopped);
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
    ...(runsOnce ? { rounds: 1 } : undefined),
    onRoundEnd: (round) => {
      if (round === 1 && !runsOnce) console.log('\nGoing on gently, until Ctrl-C.\n');
    },
  });
  await log.settled();
  if (runsOnce) await printSummary(urls.api, headers);
} catch (error) {
  if (!stopped.aborted) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
} finally {
  await exporter?.stop();
  workspace.remove();
}
// Nothing else is left to do, whatever a connection still waits for.
process.exit();
