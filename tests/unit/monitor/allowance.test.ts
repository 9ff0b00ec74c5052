import { expect, test } from 'vitest';

import { Allowance } from '../../../src/monitor/allowance.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';

test('an allowance gives exactly as much as there is, and counts each request that it refuses', () => {
  const limits: string[] = [];
  const allowance = new Allowance('body_bytes' as never, (limit) => limits.push(limit), 10);
  expect([allowance.take(9), allowance.has(2), allowance.has(), allowance.take()]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect([allowance.used, limits.length]).toEqual([10, 1]);
  expect(allowance.take()).toBe(false);
  expect([allowance.used, limits]).toEqual([10, ['body_bytes', 'body_bytes']]);
  allowance.give(4);
  allowance.give();
  expect([allowance.used, allowance.take(5)]).toEqual([5, true]);
});

test('an amount without a choice is taken beyond what there is, and must be given back first', () => {
  const allowance = new Allowance('details_total', () => undefined, 10);
  allowance.takeAnyway(14);
  allowance.takeAnyway();
  expect([allowance.used, allowance.has(0)]).toEqual([15, false]);
  allowance.give(6);
  expect([allowance.used, allowance.take(1), allowance.take(1)]).toEqual([9, true, false]);
});

test('an allowance has by default as much as its limit says', () => {
  const { max } = LIMITS.details_total;
  const allowance = new Allowance('details_total', () => undefined);
  expect([allowance.take(max), allowance.take(1)]).toEqual([true, false]);
});
