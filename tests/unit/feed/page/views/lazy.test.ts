import { setImmediate as turn } from 'node:timers/promises';

import { expect, it, onTestFinished, vi } from 'vitest';

import { Lazy } from '../../../../../src/feed/page/views/lazy.ts';

function createLazy(results: readonly (string | Error)[]) {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let requests = 0;
  let loads = 0;
  const lazy = new Lazy(
    async () => {
      const result = results[requests++];
      if (result instanceof Error || result === undefined) throw result;
      return Promise.resolve(result);
    },
    () => (loads += 1),
  );
  return { lazy, requests: () => requests, loads: () => loads };
}

it('requests a part once, when it is needed', async () => {
  const { lazy, requests, loads } = createLazy(['part']);
  expect([lazy.loaded, requests()]).toEqual([null, 0]);
  expect([lazy.load(), lazy.load()]).toEqual([null, null]);
  await turn();
  expect([lazy.loaded, lazy.load(), requests(), loads()]).toEqual(['part', 'part', 1, 1]);
});

it('requests a part again 15 s after a failure', async () => {
  const { lazy, requests, loads } = createLazy([new Error('404'), 'part']);
  lazy.load();
  await turn();
  vi.advanceTimersByTime(15_000);
  lazy.load();
  expect([requests(), loads()]).toEqual([1, 0]);
  vi.advanceTimersByTime(1);
  lazy.load();
  await turn();
  expect([lazy.loaded, requests(), loads()]).toEqual(['part', 2, 1]);
});
