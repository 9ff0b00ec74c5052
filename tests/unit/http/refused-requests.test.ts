import pino from 'pino';
import { expect, test } from 'vitest';

import { RefusedRequests } from '../../../src/http/refused-requests.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let keys = 0;
/** The digest of a key that was not used before. */
const newKey = () => [`key-${(keys += 1)}`];

function create(maxClients?: number) {
  const clock = new FakeClock();
  const lines: { address: string; requests: number; reason: string }[] = [];
  const limits: string[] = [];
  const reasons: string[] = [];
  const refused = new RefusedRequests({
    logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) }),
    clock,
    onRefused: (reason) => reasons.push(reason),
    onLimit: (limit) => limits.push(limit),
    ...(maxClients === undefined ? undefined : { maxClients }),
  });
  return { refused, clock, lines, limits, reasons };
}

test('after ten wrong keys in a minute, a client waits for the rest of the minute', () => {
  const { refused, clock } = create();
  for (let i = 0; i < 9; i++) refused.add('a', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('a')).toBe(0);
  clock.advance(20_000);
  refused.add('a', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('a')).toBe(40);
  expect(refused.retryAfterSeconds('b')).toBe(0);
  clock.advance(40_000);
  expect(refused.retryAfterSeconds('a')).toBe(0);
  refused.add('a', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('a')).toBe(0);
  for (let i = 0; i < 9; i++) refused.add('a', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('a')).toBe(60);
  clock.advance(3_600_000);
  expect(refused.retryAfterSeconds('a')).toBe(0);
});

test('a client that repeats an old key is not throttled, and one that offers several keys is sooner', () => {
  const { refused } = create();
  for (let i = 0; i < 100; i++) refused.add('scraper', 'wrong_key', ['old']);
  expect(refused.retryAfterSeconds('scraper')).toBe(0);
  for (let i = 0; i < 5; i++) refused.add('guesser', 'wrong_key', [...newKey(), ...newKey()]);
  expect(refused.retryAfterSeconds('guesser')).toBe(60);
});

test('only wrong keys throttle a client, and only what it tries then reaches the limit', () => {
  const { refused, limits, reasons } = create();
  for (const reason of ['forbidden_host', 'missing_key', 'too_many_attempts'] as const) {
    for (let i = 0; i < 10; i++) refused.add('a', reason);
  }
  expect(refused.retryAfterSeconds('a')).toBe(0);
  expect(limits).toEqual(Array.from({ length: 10 }, () => 'key_attempts'));
  expect(reasons).toHaveLength(30);
});

test('refused requests of a client are logged once a minute, with their number', () => {
  const { refused, clock, lines, reasons } = create();
  for (let i = 0; i < 1000; i++) refused.add('a', 'forbidden_host');
  clock.advance(60_000);
  refused.add('a', 'forbidden_host');
  refused.add('b', 'missing_key');
  expect(lines).toMatchObject([
    { address: 'a', requests: 1 },
    { address: 'a', requests: 1000 },
    { address: 'b', requests: 1, reason: 'missing_key from b' },
  ]);
  expect(reasons).toHaveLength(1002);
});

test('wrong keys from a hundred times as many clients as are remembered are throttled in bounded memory', () => {
  const { refused, clock, limits } = create(10);
  for (let i = 0; i < 10; i++) refused.add('guesser', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('guesser')).toBeGreaterThan(0);
  for (let i = 0; i < 1000; i++) refused.add(`client-${i}`, 'wrong_key', newKey());
  expect(limits).toEqual(Array.from({ length: 991 }, () => 'tracked_clients'));
  // Who is throttled is not forgotten because there are many others, and these share one allowance.
  expect(refused.retryAfterSeconds('guesser')).toBeGreaterThan(0);
  expect(refused.retryAfterSeconds('another')).toBeGreaterThan(0);
  clock.advance(60_000);
  expect(refused.retryAfterSeconds('guesser')).toBe(0);
  refused.add('another', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('another')).toBe(0);
});

test('wrong keys from 12,000 addresses make at most twenty log lines a minute', () => {
  const { refused, clock, lines } = create();
  for (let i = 0; i < 12_000; i++) refused.add(`client-${i}`, 'wrong_key', newKey());
  expect(lines).toHaveLength(20);
  clock.advance(60_000);
  refused.add('client-0', 'wrong_key', newKey());
  expect(lines).toHaveLength(21);
});

test('a client whose minute is over gives its place to a new one, a throttled client does not', () => {
  const { refused, clock, limits } = create(2);
  refused.add('calm', 'forbidden_host');
  refused.add('guesser', 'forbidden_host');
  clock.advance(30_000);
  for (let i = 0; i < 10; i++) refused.add('guesser', 'wrong_key', newKey());
  refused.add('new', 'forbidden_host');
  expect(limits).toEqual(['tracked_clients']);
  clock.advance(30_000);
  for (let i = 0; i < 9; i++) refused.add('new', 'wrong_key', newKey());
  // There was room for it, so its wrong keys are its own.
  expect(limits).toEqual(['tracked_clients']);
  expect(refused.retryAfterSeconds('guesser')).toBe(30);
  refused.add('new', 'wrong_key', newKey());
  expect(refused.retryAfterSeconds('new')).toBe(60);
  expect(refused.retryAfterSeconds('another')).toBe(0);
});

test('without room, clients whose minute is over are looked for once a second', () => {
  const { refused, clock, limits } = create(1);
  refused.add('calm', 'forbidden_host');
  clock.advance(59_500);
  refused.add('new', 'forbidden_host');
  clock.advance(999);
  refused.add('new', 'forbidden_host');
  expect(limits).toEqual(['tracked_clients', 'tracked_clients']);
  clock.advance(1);
  refused.add('new', 'forbidden_host');
  expect(limits).toHaveLength(2);
});
