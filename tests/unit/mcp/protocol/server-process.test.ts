import { describe, expect, test } from 'vitest';

import type { ServerStatus } from '../../../../src/monitor/server-states.ts';
import { CLOSED, serverExited, type ProcessExit } from '../../../../src/mcp/protocol/request-end.ts';
import { ServerProcess } from '../../../../src/mcp/protocol/server-process.ts';

const CRASH: ProcessExit = { code: 1, signal: null };
const REGULAR: ProcessExit = { code: 0, signal: null };
const KILL: ProcessExit = { code: null, signal: 'SIGKILL' };

function watching() {
  const told: ServerStatus[] = [];
  return { told, process: new ServerProcess((status) => told.push(status)) };
}

test('a server starts, and is ready with its first answer', () => {
  const { told, process } = watching();
  process.started();
  process.answered();
  process.answered();
  expect(told).toEqual([
    { state: 'starting', reason: null },
    { state: 'ready', reason: null },
  ]);
});

test('answers of a server whose process is not known say nothing about it', () => {
  const { told, process } = watching();
  process.answered();
  expect(told).toEqual([]);
});

describe('the end of a server', () => {
  test.each([
    ['crashes', CRASH, 'crashed', 'ended with exit code 1'],
    ['is killed', KILL, 'crashed', 'ended by SIGKILL'],
    ['ends without an error', REGULAR, 'exited', 'ended with exit code 0'],
  ] as const)('that %s by itself', (_how, exit, state, reason) => {
    const { told, process } = watching();
    process.started();
    process.answered();
    process.ended(exit, serverExited(exit), false);
    expect(told.at(-1)).toEqual({ state, reason });
  });

  test('whose client has left is no crash, however it ends', () => {
    for (const exit of [CRASH, REGULAR, KILL]) {
      const { told, process } = watching();
      process.started();
      process.answered();
      process.ended(exit, CLOSED, false);
      expect(told.at(-1)).toEqual({ state: 'exited', reason: 'the client closed the connection' });
    }
  });

  test.each([
    ['ended before its first answer', CRASH, serverExited(CRASH), false, 'ended with exit code 1'],
    [
      'ended regularly before its first answer',
      REGULAR,
      serverExited(REGULAR),
      true,
      'ended with exit code 0',
    ],
    ['kept its client waiting for too long', KILL, CLOSED, true, 'the client closed the connection'],
  ] as const)('that %s', (_how, exit, end, isInitializing, how) => {
    const { told, process } = watching();
    process.started();
    process.ended(exit, end, isInitializing);
    expect(told.at(-1)).toEqual({
      state: 'never_initialized',
      reason: `${how} before it was initialized`,
    });
  });

  test('that its client did not use is no failure', () => {
    const { told, process } = watching();
    process.started();
    process.ended(REGULAR, CLOSED, false);
    expect(told.at(-1)?.state).toBe('exited');
  });
});
