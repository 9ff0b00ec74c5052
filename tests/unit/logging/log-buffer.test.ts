import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LogBuffer } from '../../../src/logging/log-buffer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stderr with so much room, until it is read. */
function pipe(room: number) {
  let written = '';
  let failure: Error | null = null;
  return {
    write(bytes: Uint8Array): number {
      if (failure) throw failure;
      const taken = bytes.subarray(0, room);
      room -= taken.length;
      written += Buffer.from(taken).toString();
      return taken.length;
    },
    read: (more: number) => void (room += more),
    fail: (error: Error | null) => void (failure = error),
    written: () => written,
  };
}

const messagesIn = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => (line.startsWith('{') ? (JSON.parse(line) as { msg: string; lines: number }) : line));

test('lines are written at once, in order', () => {
  const stderr = pipe(1000);
  const buffer = new LogBuffer(stderr);
  buffer.write('one\n');
  buffer.write('two\n');
  expect(stderr.written()).toBe('one\ntwo\n');
});

test('a stderr that is full gets the rest later, from the middle of a line', () => {
  const stderr = pipe(6);
  const buffer = new LogBuffer(stderr);
  buffer.write('one\n');
  buffer.write('two\n');
  expect(stderr.written()).toBe('one\ntw');
  stderr.read(100);
  vi.advanceTimersByTime(100);
  expect(stderr.written()).toBe('one\ntwo\n');
  expect(buffer.droppedLines).toBe(0);
});

test('a hundred times more than it may hold is dropped and counted, and a line says how many', () => {
  const stderr = pipe(0);
  const buffer = new LogBuffer(stderr, 1000);
  for (let i = 0; i < 10_000; i++) buffer.write(`line ${i % 10}..\n`);
  expect(buffer.droppedLines).toBe(9889);
  stderr.read(1_000_000);
  vi.advanceTimersByTime(100);
  const messages = messagesIn(stderr.written());
  expect(messages).toHaveLength(112);
  expect(messages.at(-1)).toMatchObject({ msg: 'log lines dropped', lines: 9889 });
  buffer.write('later\n');
  expect(stderr.written().endsWith('later\n')).toBe(true);
});

test('what the system refuses is dropped and counted, and never thrown', () => {
  const stderr = pipe(1000);
  const buffer = new LogBuffer(stderr);
  stderr.fail(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
  for (let i = 0; i < 50; i++) buffer.write('lost\n');
  expect(buffer.droppedLines).toBe(50);
  stderr.fail(null);
  buffer.write('kept\n');
  expect(messagesIn(stderr.written())).toMatchObject(['kept', { msg: 'log lines dropped', lines: 50 }]);
});
