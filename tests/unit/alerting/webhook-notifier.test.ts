import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { WebhookNotifier } from '../../../src/alerting/webhook-notifier.ts';
import type { PostToWebhook } from '../../../src/alerting/webhook-post.ts';
import { WebhookRedirect } from '../../../src/alerting/webhook-redirect.ts';
import { createLogger } from '../../../src/logging/logger.ts';
import { systemClock } from '../../../src/monitor/clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Reaction = number | { readonly status: number; readonly retryAfter: string } | Error | 'hangs';

/** A notifier whose webhook does `reactions` in turn, and the last of them from then on. */
function notifying(...reactions: Reaction[]) {
  const attempts: { atMs: number; body: string }[] = [];
  const startedAtMs = Date.now();
  const post: PostToWebhook = (body, signal) => {
    attempts.push({ body, atMs: Date.now() - startedAtMs });
    const reaction = reactions.length > 1 ? reactions.shift() : reactions[0];
    if (reaction instanceof Error) return Promise.reject(reaction);
    if (typeof reaction === 'number') return Promise.resolve(new Response(null, { status: reaction }));
    if (typeof reaction === 'object') {
      const { status, retryAfter } = reaction;
      return Promise.resolve(new Response(null, { status, headers: { 'retry-after': retryAfter } }));
    }
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  };
  const logger = createLogger('silent');
  const results: string[] = [];
  const chance = { value: 1 };
  const warn = vi.spyOn(logger, 'warn').mockReturnValue(undefined);
  const notifier = new WebhookNotifier({
    post,
    host: 'hooks.example.com',
    setting: 'MONITORING_ALERT_WEBHOOK_URL',
    clock: systemClock,
    logger,
    onResult: (result) => results.push(result),
    random: () => chance.value,
  });
  return {
    notifier,
    attempts,
    results,
    warn,
    chance,
    become: (...next: Reaction[]) => void reactions.splice(0, reactions.length, ...next),
    seconds: () => attempts.map(({ atMs }) => Math.round(atMs / 1000)),
  };
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test('a message is posted at once', async () => {
  const { notifier, attempts, results } = notifying(204);
  await expect(notifier.send('a')).resolves.toBe('delivered');
  expect(attempts).toEqual([{ body: 'a', atMs: 0 }]);
  expect(results).toEqual(['delivered']);
});

describe('is tried again', () => {
  test.each<[string, Reaction]>([
    ['a 500', 500],
    ['a 503', 503],
    ['a 429', 429],
    ['a refused connection', refused],
  ])('a message is sent again after %s', async (_, reaction) => {
    const { notifier, attempts, results } = notifying(reaction, 200);
    const sent = notifier.send('a');
    await vi.advanceTimersByTimeAsync(1000);
    await expect(sent).resolves.toBe('delivered');
    expect(attempts).toHaveLength(2);
    expect(results).toEqual(['delivered']);
  });

  test('a message is sent again if no answer comes within ten seconds', async () => {
    const { notifier, seconds } = notifying('hangs', 200);
    const sent = notifier.send('a');
    await vi.advanceTimersByTimeAsync(11_000);
    await expect(sent).resolves.toBe('delivered');
    expect(seconds()).toEqual([0, 11]);
  });

  test('pauses double up to a minute, and a message is given up after five minutes', async () => {
    const { notifier, seconds } = notifying(refused);
    const sent = notifier.send('a');
    await vi.advanceTimersByTimeAsync(360_000);
    await expect(sent).resolves.toBe('failed');
    expect(seconds()).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  test('half of each pause is left to chance', async () => {
    const { notifier, attempts, chance } = notifying(refused);
    chance.value = 0;
    void notifier.send('a');
    await vi.advanceTimersByTimeAsync(4000);
    expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 500, 1500, 3500]);
  });

  test('messages are given up at once if the webhook asks to wait for more than five minutes', async () => {
    const { notifier, seconds } = notifying({ status: 429, retryAfter: '3600' }, 200);
    await expect(notifier.send('a')).resolves.toBe('failed');
    await expect(notifier.send('b')).resolves.toBe('failed');
    await vi.advanceTimersByTimeAsync(3_500_000);
    const sent = notifier.send('c');
    await vi.advanceTimersByTimeAsync(100_000);
    await expect(sent).resolves.toBe('delivered');
    expect(seconds()).toEqual([0, 3600]);
  });

  test('a message is sent again no sooner than the webhook says', async () => {
    const { notifier, seconds } = notifying({ status: 429, retryAfter: '90' }, 200);
    const sent = notifier.send('a');
    await vi.advanceTimersByTimeAsync(90_000);
    await expect(sent).resolves.toBe('delivered');
    expect(seconds()).toEqual([0, 90]);
  });
});

test.each([301, 307, 400, 401, 403, 404, 410])('a %d is final', async (status) => {
  const { notifier, attempts } = notifying(status);
  await expect(notifier.send('a')).resolves.toBe('failed');
  await vi.advanceTimersByTimeAsync(600_000);
  expect(attempts).toHaveLength(1);
});

test('messages arrive in their order, one at a time', async () => {
  const { notifier, attempts } = notifying(503, 200);
  const sent = ['a', 'b', 'c'].map((body) => notifier.send(body));
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all(sent);
  expect(attempts.map(({ body }) => body)).toEqual(['a', 'a', 'b', 'c']);
});

test('a later message waits for the pause of an earlier one', async () => {
  const { notifier, seconds } = notifying(refused, 403, 200);
  await Promise.all([notifier.send('a'), vi.advanceTimersByTimeAsync(1000)]);
  await vi.advanceTimersByTimeAsync(500);
  void notifier.send('b');
  await vi.advanceTimersByTimeAsync(5000);
  expect(seconds()).toEqual([0, 1, 3]);
});

test('past 16 waiting ones the oldest is dropped, and counted', async () => {
  const { notifier, attempts, results, become } = notifying('hangs');
  const sent = Array.from({ length: 20 }, (_, i) => notifier.send(String(i)));
  expect(results).toEqual(['dropped', 'dropped', 'dropped']);
  await vi.advanceTimersByTimeAsync(1);
  become(200);
  await vi.advanceTimersByTimeAsync(11_000);
  await Promise.all(sent);
  // 0 was on its way when the others came; 1, 2 and 3 had to go.
  const expected = ['0', '0', ...Array.from({ length: 16 }, (_, i) => String(i + 4))];
  expect(attempts.map(({ body }) => body)).toEqual(expected);
});

describe('an outage', () => {
  test('an outage is one warning with the host of the URL, and one line when it is over', async () => {
    const { notifier, warn, become } = notifying(refused, 'hangs', 503, refused);
    void notifier.send('a');
    void notifier.send('b');
    await vi.advanceTimersByTimeAsync(1_200_000);
    void notifier.send('c');
    become(200);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warn.mock.calls).toEqual([
      [{ host: 'hooks.example.com', reason: 'ECONNREFUSED' }, 'alert notifications not delivered'],
    ]);
    become(500);
    void notifier.send('d');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(warn.mock.lastCall?.[0]).toMatchObject({ reason: 'HTTP status 500' });
    expect(warn).toHaveBeenCalledTimes(2);
  });

  test('a redirect that is not followed is final, and its reason says what to do', async () => {
    const { notifier, warn, attempts, results } = notifying(
      new WebhookRedirect(301, 'redirects to new.test'),
    );
    void notifier.send('a');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(warn.mock.calls[0]?.[0]).toMatchObject({
      reason: 'HTTP status 301, redirects to new.test: set MONITORING_ALERT_WEBHOOK_URL to the final address',
    });
    expect(attempts).toHaveLength(1);
    expect(results).toEqual(['failed']);
  });

  test('an error’s message never reaches the log', async () => {
    const { notifier, warn } = notifying(new Error('cannot reach https://hooks.example.com/s3cret'));
    void notifier.send('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('s3cret');
  });
});

describe('close', () => {
  test('closing gives every message that waits one more attempt', async () => {
    const { notifier, attempts, results, become } = notifying(503);
    for (const body of ['a', 'b']) void notifier.send(body);
    await vi.advanceTimersByTimeAsync(10_000);
    const before = attempts.length;
    become(200);
    await notifier.close();
    expect(attempts.slice(before).map(({ body }) => body)).toEqual(['a', 'b']);
    expect(results).toEqual(['delivered', 'delivered']);
  });

  test('closing makes no more than one attempt', async () => {
    const { notifier, attempts, results } = notifying(503);
    void notifier.send('a');
    await vi.advanceTimersByTimeAsync(10_000);
    const before = attempts.length;
    await notifier.close();
    expect(attempts).toHaveLength(before + 1);
    expect(results).toEqual(['failed']);
  });

  test('closing gives the message under way one more attempt if the current one fails', async () => {
    const { notifier, attempts, results, become } = notifying(503);
    void notifier.send('a');
    await Promise.resolve();
    // It is posted, and its answer is not read yet.
    expect(attempts).toHaveLength(1);
    const closed = notifier.close();
    become(200);
    await closed;
    expect(attempts).toHaveLength(2);
    expect(results).toEqual(['delivered']);
  });

  test('closing takes less than a second if the webhook hangs, however many messages wait', async () => {
    const { notifier, results } = notifying('hangs');
    for (const body of ['a', 'b', 'c']) void notifier.send(body);
    await vi.advanceTimersByTimeAsync(1);
    const closed = notifier.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
    expect(results).toEqual(['failed', 'failed', 'failed']);
  });

  test('closing without messages is immediate, and leaves no timer', async () => {
    const { notifier } = notifying(200);
    await notifier.send('a');
    await notifier.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
