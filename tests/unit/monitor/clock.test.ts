import { uptime } from 'node:os';

import { expect, test } from 'vitest';

import { protectClock, systemClock, type Clock } from '../../../src/monitor/clock.ts';

function protect(clock: Partial<Clock>) {
  const errors: unknown[] = [];
  const whole = { now: () => 1, monotonic: () => 2, ...clock };
  return { clock: protectClock(whole, (error) => errors.push(error)), errors };
}

test('the system’s clocks are in milliseconds since 1970, since the process and since the machine started', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  expect(Math.abs(systemClock.monotonic() - performance.now())).toBeLessThan(1000);
  expect(Math.abs((systemClock.sinceBoot?.() ?? 0) - uptime() * 1000)).toBeLessThan(1000);
});

test('a clock that works is read as it is', () => {
  const { clock, errors } = protect({ now: () => 0, monotonic: () => -5 });
  expect([clock.now(), clock.monotonic(), errors]).toEqual([0, -5, []]);
});

test.each(['now', 'monotonic'] as const)('a clock whose %s fails is replaced by the system’s', (method) => {
  const thrown = new Error('stopped');
  const throwing = protect({
    [method]: () => {
      throw thrown;
    },
  });
  expect(Math.abs(throwing.clock[method]() - systemClock[method]())).toBeLessThan(1000);
  expect(throwing.errors).toEqual([thrown]);
  const odd = protect({ [method]: () => NaN });
  expect(Math.abs(odd.clock[method]() - systemClock[method]())).toBeLessThan(1000);
  expect(odd.errors).toEqual([
    new TypeError(`clock.${method}: expected a number of milliseconds, received NaN`),
  ]);
  const other = method === 'now' ? 'monotonic' : 'now';
  expect(odd.clock[other]()).toBe(other === 'now' ? 1 : 2);
});
