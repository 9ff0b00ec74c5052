import { setTimeout as delay } from 'node:timers/promises';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { runRound } from './round.ts';
import type { ScratchWorkspace } from './scratch-workspace.ts';

const PAUSE_MS = 4000;

export interface TrafficOptions {
  readonly mcpUrl: string;
  /** Contains the key if the exporter requires one. */
  readonly headers: Readonly<Record<string, string>>;
  /** The workspace, which is reset before every round. */
  readonly workspace: ScratchWorkspace;
  readonly stopped: AbortSignal;
  /** @defaultValue runs until it is stopped */
  readonly rounds?: number;
  readonly onRoundEnd?: (round: number) => void;
}

/** Runs an MCP client in rounds, with a pause between them. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  const { mcpUrl, headers, workspace, stopped, rounds = Infinity, onRoundEnd } = options;
  const client = new Client({ name: 'mcp-exporter-demo', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers } }));
  try {
    for (let round = 1; round <= rounds && !stopped.aborted; round++) {
      if (round > 1) await delay(PAUSE_MS, undefined, { signal: stopped });
      workspace.reset();
      // A new signal for each round, because the client never removes its listeners.
      await runRound(client, `demo-${round}`, AbortSignal.any([stopped]));
      onRoundEnd?.(round);
    }
  } finally {
    await client.close();
  }
}
