import { beforeEach, expect, test } from 'vitest';

import { SubscriptionTracker } from '../../../../src/mcp/protocol/subscription-tracker.ts';
import { Allowance } from '../../../../src/monitor/allowance.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';

let limits: LimitName[];
let changes: number[];
const onLimit = (limit: LimitName) => void limits.push(limit);
beforeEach(() => {
  limits = [];
  changes = [];
});

function tracking(max?: number) {
  const allowance = new Allowance('subscriptions_total', onLimit, max);
  const tracker = () => new SubscriptionTracker((change) => changes.push(change), allowance, onLimit);
  return { allowance, tracker };
}

test('a resource is counted once until the client unsubscribes from it', () => {
  const { allowance, tracker } = tracking();
  const subscriptions = tracker();
  for (const isSubscribed of [false, true, true, false, false, true]) subscriptions.note('a', isSubscribed);
  subscriptions.note('b', true);
  expect(changes).toEqual([1, -1, 1, 1]);
  expect(allowance.used).toBe(2);
});

test('the close of a connection ends its subscriptions once, and none of another connection', () => {
  const { allowance, tracker } = tracking();
  const [one, other, unused] = [tracker(), tracker(), tracker()];
  for (const uri of ['a', 'b', 'c']) one.note(uri, true);
  other.note('a', true);
  changes = [];
  for (const each of [one, one, unused]) each.clear();
  expect(changes).toEqual([-3]);
  expect(allowance.used).toBe(1);
});

test('subscriptions of one connection beyond the limit are not counted', () => {
  const { allowance, tracker } = tracking();
  const subscriptions = tracker();
  const { max } = LIMITS.subscriptions_per_connection;
  for (let i = 0; i < max; i++) subscriptions.note(`a://${i}`, true);
  expect([changes.length, limits]).toEqual([max, []]);
  subscriptions.note('one more', true);
  subscriptions.note('one more', false);
  expect([changes.length, limits, allowance.used]).toEqual([max, ['subscriptions_per_connection'], max]);
});

test('subscriptions of all connections beyond the limit are not counted', () => {
  const { allowance, tracker } = tracking(2);
  const [one, other] = [tracker(), tracker()];
  one.note('a', true);
  other.note('a', true);
  other.note('b', true);
  expect([changes, limits]).toEqual([[1, 1], ['subscriptions_total']]);
  one.note('a', false);
  other.note('b', true);
  expect([changes, allowance.used]).toEqual([[1, 1, -1, 1], 2]);
});
