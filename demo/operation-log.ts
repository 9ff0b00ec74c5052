import { once } from 'node:events';

import { WebSocket } from 'ws';

import type { FeedOperationEvent, ServerMessage } from '../src/feed/feed-protocol.ts';
import { isOutcome, OUTCOMES } from '../src/monitor/outcomes.ts';

/** Prints one line for each operation that ends, from the live feed. */
export async function printEndedOperations(feedUrl: string, headers: Record<string, string>) {
  const socket = new WebSocket(feedUrl, ['mcp-exporter.v1'], { headers });
  const active = new Map<string, FeedOperationEvent>();
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.type === 'operations') for (const event of message.events) take(event);
  });
  await once(socket, 'open');

  function take(event: FeedOperationEvent): void {
    if (event.kind === 'started') active.set(event.operation_id, event);
    if (!isOutcome(event.kind)) return;
    const { sign } = OUTCOMES[event.kind];
    const indent = '  '.repeat(depthOf(event));
    const name = `${indent}${event.operation_name}`.padEnd(26);
    const seconds = `${(event.duration ?? 0).toFixed(2)} s`.padStart(9);
    const why = event.error === undefined ? '' : `  ${event.error.split('\n', 1)[0]}`;
    console.log(`${sign} ${event.kind.padEnd(10)}${name}${seconds}  ${event.session_id}${why}`);
    active.delete(event.operation_id);
  }

  function depthOf(event: FeedOperationEvent): number {
    let depth = 0;
    for (let id = event.parent_id; id !== null; id = active.get(id)?.parent_id ?? null) depth += 1;
    return depth;
  }

  return {
    /** Resolves when all ended operations are printed. The feed sends each event within 50 ms. */
    async settled(): Promise<void> {
      do await new Promise((resolve) => setTimeout(resolve, 200));
      while (active.size > 0);
      socket.close();
    },
  };
}
