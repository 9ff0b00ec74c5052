import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';

interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

const PAUSE_MS = 1000;

/** Calls the tools in turn, one each second, until Ctrl-C. Some calls fail on purpose. */
export async function callTools(client: Client, calls: readonly ToolCall[]): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  for (let index = 0; !stopped.signal.aborted; index += 1) {
    const call = calls[index % calls.length];
    if (call) await client.callTool(call).catch(() => undefined);
    await delay(PAUSE_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
  await client.close();
}
