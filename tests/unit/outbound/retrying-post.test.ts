import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { systemClock } from '../../../src/monitor/clock.ts';
import { RetryingPost, type PostFailure, type PostResult } from '../../../src/outbound/retrying-post.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Reaction = 'accepted' | 'hangs' | Partial<PostFailure>;

/** A post whose server does `reactions` in turn, and the last of them from then on. */
function posting(random: number | undefined, ...reactions: Reaction[]) {
  const attempts: { body: string; atMs: number }[] = [];
  const failures: (readonly [string, number])[] = [];
  const recoveries: number[] = [];
  const startedAtMs = Date.now();
  const attempt = (body: string, signal: AbortSignal): Promise<PostResult<string, PostFailure>> => {
    attempts.push({ body, atMs: Date.now() - startedAtMs });
    const reaction = reactions.length > 1 ? reactions.shift() : reactions[0];
    if (reaction === 'accepted') return Promise.resolve({ answer: body.toUpperCase() });
    const failure = { reason: 'no', isFinal: false, retryAfterMs: 0 };
    if (typeof reaction === 'object') return Promise.resolve({ failure: { ...failure, ...reaction } });
    return new Promise((resolve) =>
      signal.addEventListener('abort', () =>
        resolve({ failure: { ...failure, reason: (signal.reason as Error).message } }),
      ),
    );
  };
  const post = new RetryingPost({
    attempt,
    timeoutMs: 5000,
    firstBackoffMs: 1000,
    longestBackoffMs: 60_000,
    onFailure: ({ reason }, before) => failures.push([reason, before]),
    onRecovery: (count) => recoveries.push(count),
    clock: systemClock,
    random: random === undefined ? undefined : () => random,
  });
  return {
    post,
    attempts,
    failures,
    recoveries,
    gaps: () => attempts.slice(1).map(({ atMs }, i) => atMs - (attempts[i]?.atMs ?? 0)),
  };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test.each([
  ['the longest', 1, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]],
  ['the shortest', 0, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]],
  ['a middle', 0.5, [750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000]],
])('pauses double up to a minute, and half of each is left to chance: %s', async (_, random, pauses) => {
  const { post, gaps } = posting(random, {});
  void post.send('a');
  await pass(300_000);
  expect(gaps().slice(0, pauses.length)).toEqual(pauses);
});

test('processes that failed together come back at different times', async () => {
  const first: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { post, gaps, attempts } = posting(undefined, {});
    void post.send('a');
    while (attempts.length < 2) await pass(1);
    first.push(gaps()[0] ?? 0);
    post.abort();
  }
  expect(new Set(first).size).toBeGreaterThan(10);
  for (const gap of first) expect(gap).toBeGreaterThanOrEqual(500);
  for (const gap of first) expect(gap).toBeLessThanOrEqual(1001);
});

test('a pause is as long as the server asks, if that is longer', async () => {
  const { post, gaps } = posting(1, { retryAfterMs: 90_000 }, { retryAfterMs: 100 }, 'accepted');
  void post.send('a');
  await pass(100_000);
  expect(gaps()).toEqual([90_000, 2000]);
});

test('a message that is accepted resets the backoff, and says after how many failures', async () => {
  const { post, gaps, recoveries } = posting(1, {}, {}, 'accepted', {}, 'accepted');
  const sent = post.send('a');
  await pass(3000);
  expect(await sent).toBe('A');
  expect(recoveries).toEqual([2]);
  void post.send('b');
  await pass(1000);
  expect(gaps()).toEqual([1000, 2000, 0, 1000]);
  expect(recoveries).toEqual([2, 1]);
});

test('a message that is accepted at once is no recovery', async () => {
  const { post, recoveries, failures } = posting(1, 'accepted');
  await post.send('a');
  expect([recoveries, failures]).toEqual([[], []]);
});

test('a final failure ends the message, and the next one waits for its pause', async () => {
  const { post, attempts, failures } = posting(1, { isFinal: true }, 'accepted');
  expect(await post.send('a')).toBeNull();
  void post.send('b');
  await pass(999);
  expect(attempts).toHaveLength(1);
  await pass(1);
  expect(attempts[1]).toEqual({ body: 'b', atMs: 1000 });
  expect(failures).toEqual([['no', 0]]);
});

test('an attempt without a response is aborted after the timeout, and counts as a failure', async () => {
  const { post, attempts, failures } = posting(1, 'hangs', 'accepted');
  void post.send('a');
  await pass(4999);
  expect(post.attemptedAtMs).not.toBeNull();
  expect(failures).toEqual([]);
  await pass(1);
  expect(failures).toEqual([['no response within 5000 ms', 0]]);
  expect(post.attemptedAtMs).toBeNull();
  await pass(1000);
  expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 6000]);
});

test('no attempt begins at the time to give up, or later', async () => {
  const { post, attempts } = posting(1, {});
  const sent = post.send('a', systemClock.monotonic() + 3000);
  await pass(60_000);
  expect(await sent).toBeNull();
  expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 1000]);
});

test('a message that is sent too late is given up without an attempt', async () => {
  const { post, attempts } = posting(1, {});
  void post.send('a', systemClock.monotonic() + 500);
  await pass(500);
  expect(await post.send('b', systemClock.monotonic() + 100)).toBeNull();
  expect(attempts).toHaveLength(1);
});

test('finishing ends a pause, and gives each message one more attempt, even one to be given up', async () => {
  const { post, attempts } = posting(1, {});
  const sent = post.send('a', systemClock.monotonic() + 10_000);
  await pass(3500);
  const before = attempts.length;
  post.finish();
  expect(await sent).toBeNull();
  expect(attempts).toHaveLength(before + 1);
  expect(await post.send('b', systemClock.monotonic())).toBeNull();
  expect(attempts).toHaveLength(before + 2);
});

test('finishing leaves the attempt under way alone, and gives its message one more', async () => {
  const { post, attempts } = posting(1, 'hangs', 'accepted');
  const sent = post.send('a');
  await pass(100);
  post.finish();
  await pass(5000);
  expect(await sent).toBe('A');
  expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 5000]);
});

test('aborting ends the attempt under way, and every later message without an attempt', async () => {
  const { post, attempts, failures } = posting(1, 'hangs');
  const sent = post.send('a');
  await pass(100);
  post.abort();
  expect(await sent).toBeNull();
  expect(failures).toEqual([['aborted while closing', 0]]);
  expect(await post.send('b')).toBeNull();
  expect(attempts).toHaveLength(1);
});

test('aborting ends a pause without another attempt', async () => {
  const { post, attempts } = posting(1, { retryAfterMs: 90_000 });
  const sent = post.send('a');
  await pass(100);
  post.abort();
  expect(await sent).toBeNull();
  expect(attempts).toHaveLength(1);
});

test('no timer is left once a message is taken', async () => {
  const { post } = posting(1, {}, 'accepted');
  const sent = post.send('a');
  await pass(1000);
  await sent;
  expect(vi.getTimerCount()).toBe(0);
});
