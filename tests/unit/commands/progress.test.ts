import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { withProgress } from '../../../src/commands/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Waits for so long; with what a terminal shows meanwhile and in the end. */
async function waitFor(durationMs: number, isTTY: boolean) {
  const written: string[] = [];
  const terminal = { isTTY, write: (text: string) => written.push(text) };
  const wait = new Promise((resolve) => setTimeout(() => resolve('done'), durationMs));
  const result = withProgress('Waiting', wait, terminal);
  await vi.advanceTimersByTimeAsync(1500);
  const meanwhile = [...written];
  await vi.advanceTimersByTimeAsync(durationMs);
  return { result: await result, meanwhile, inTheEnd: written.slice(meanwhile.length) };
}

test('a long wait is explained, and nothing of it remains', async () => {
  const { result, meanwhile, inTheEnd } = await waitFor(5000, true);
  expect(result).toBe('done');
  expect(meanwhile).toEqual(['Waiting']);
  expect(inTheEnd).toEqual(['\r       \r']);
});

test.each([
  ['a short wait', 500, true],
  ['a wait without a terminal', 5000, false],
])('%s shows nothing', async (_name, durationMs, isTTY) => {
  expect(await waitFor(durationMs, isTTY)).toEqual({ result: 'done', meanwhile: [], inTheEnd: [] });
});

test('the error of a wait is its own, and the text is removed', async () => {
  const written: string[] = [];
  const wait = new Promise((_resolve, reject) => setTimeout(() => reject(new Error('late')), 2000));
  const result = withProgress('Waiting', wait, { isTTY: true, write: (text) => written.push(text) });
  const failed = expect(result).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(2000);
  await failed;
  expect(written).toEqual(['Waiting', '\r       \r']);
});
