// Starts the exporter over a scratch copy of this repository's own source, and lets a real MCP client work with it.
import { parseArgs } from 'node:util';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { startExporter, type RunningExporter } from './exporter-process.ts';
import { printEndedOperations } from './operation-log.ts';
import { runRound } from './round.ts';
import { createScratchWorkspace } from './scratch-workspace.ts';
import { printSummary } from './summary-table.ts';

const PAUSE_MS = 4000;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });

const workspace = createScratchWorkspace();
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

let exporter: RunningExporter | undefined;
try {
  exporter = await startExporter(workspace.directory);
  const { urls, headers } = exporter;
  console.log(`The exporter watches a scratch copy of this repository:
  live page     ${urls.page}
  metrics       ${urls.metrics}
  MCP endpoint  ${urls.mcp}
`);
  const log = await printEndedOperations(urls.feed, headers);
  const client = new Client({ name: 'mcp-exporter-demo', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(urls.mcp), { requestInit: { headers } }));

  for (let round = 1; !stopped.signal.aborted; round++) {
    workspace.reset();
    await runRound(client, `demo-${round}`, stopped.signal);
    if (values.once) break;
    if (round === 1) console.log('\nGoing on gently, until Ctrl-C.\n');
    await pause(PAUSE_MS, stopped.signal);
  }
  await log.settled();
  await client.close();
  if (values.once) await printSummary(urls.api, headers);
} catch (error) {
  if (!stopped.signal.aborted) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
} finally {
  await exporter?.stop();
  workspace.remove();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
