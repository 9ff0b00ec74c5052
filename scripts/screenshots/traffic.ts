import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';

import { runRound } from '../../demo/round.ts';
import type { ScratchWorkspace } from '../../demo/scratch-workspace.ts';
import type { Programs } from './programs.ts';

/** Runs clients of all three servers until they are stopped. */
export function keepBusy({ pipeline, everything, files }: Programs, workspace: ScratchWorkspace) {
  const stopped = new AbortController();
  const { signal } = stopped;
  const loops = [
    loop(signal, 1500, async (round) => {
      workspace.reset();
      await runRound(pipeline, `run-${round}`, AbortSignal.any([signal]));
    }),
    loop(signal, 900, async (round) => {
      await call(everything, 'get-sum', { a: round, b: 2 }, signal);
      await call(everything, 'echo', { message: 'hello' }, signal);
      // A tool that does not exist.
      if (round % 4 === 0) await call(everything, 'get-weather', { city: 'Bern' }, signal);
    }),
    loop(signal, 300, (round) =>
      call(everything, 'trigger-long-running-operation', { duration: 6 + (round % 3), steps: 20 }, signal),
    ),
    loop(signal, 1200, async (round) => {
      await call(files, 'list_directory', { path: workspace.directory }, signal);
      await call(files, 'read_text_file', { path: `${workspace.directory}/src/cli.ts` }, signal);
      if (round % 3 === 0) await call(files, 'read_text_file', { path: '/etc/shadow' }, signal);
      await call(files, 'search_files', { path: workspace.directory, pattern: '*.ts' }, signal);
    }),
  ];
  const all = Promise.all(loops);
  return {
    /** Rejects if a client fails. */
    failed: all.then(() => undefined),
    async stop() {
      stopped.abort();
      await all.catch(() => undefined);
    },
  };
}

async function loop(stopped: AbortSignal, pauseMs: number, work: (round: number) => Promise<unknown>) {
  for (let round = 1; !stopped.aborted; round++) {
    await work(round).catch((error: unknown) => {
      if (!stopped.aborted) throw error;
    });
    await delay(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
  }
}

/** Ignores the result, because failures are part of the pictures. */
function call(client: Client, name: string, args: Record<string, unknown>, signal: AbortSignal) {
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  return client
    .callTool({ name, arguments: args, _meta: { traceparent } }, undefined, {
      // A new signal for each call, because a client never removes its listeners.
      signal: AbortSignal.any([signal]),
      onprogress: () => undefined,
    })
    .catch((error: unknown) => {
      if (signal.aborted || (error instanceof Error && 'code' in error)) return null;
      throw error;
    });
}
