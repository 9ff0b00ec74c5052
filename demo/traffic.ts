import { setTimeout as delay } from 'node:timers/promises';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { runRound } from './round.ts';
import type { ScratchWorkspace } from './scratch-workspace.ts';

const PAUSE_MS = 4000;

export interface TrafficOptions {
  readonly mcpUrl: string;
  /** With the key, where the exporter asks for one. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the exporter works on; it is as it was at the start of every round. */
  readonly workspace: ScratchWorkspace;
  readonly stopped: AbortSignal;
  /** @defaultValue until it is stopped */
  readonly rounds?: number;
  readonly onRoundEnd?: (round: number) => void;
}

/** A real MCP client at work, gently: round after round, with a pause between them. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  const { mcpUrl, headers, workspace, stopped, rounds = Infinity, onRoundEnd } = options;
  const client = new Client({ name: 'mcp-exporter-demo', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers } }));
  try {
    for (let round = 1; round <= rounds && !stopped.aborted; round++) {
      if (round > 1) await delay(PAUSE_MS, undefined, { signal: stopped });
      workspace.reset();
      // One of its own: each call listens to it, and the client never stops listening.
      await runRound(client, `demo-${round}`, AbortSignal.any([stopped]));
      onRoundEnd?.(round);
    }
  } finally {
    await client.close();
  }
}
