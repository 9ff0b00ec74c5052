import { expect, test } from 'vitest';

import { SteadyTime } from '../../../src/history/steady-time.ts';
import type { Clock } from '../../../src/monitor/clock.ts';
import { FakeClock, HOUR_MS } from '../../support/fake-clock.ts';

function steady() {
  const clock = new FakeClock();
  const jumps: number[] = [];
  const time = new SteadyTime(clock, (byMs) => jumps.push(byMs));
  return { clock, time, jumps };
}

test('steady time is the wall clock’s', () => {
  const { clock, time, jumps } = steady();
  clock.advance(5 * HOUR_MS);
  expect(time.now()).toBe(clock.now());
  expect(jumps).toEqual([]);
});

test.each([1, -1, 1000, -1000])('a correction of %d ms is no jump', (byMs) => {
  const { clock, time, jumps } = steady();
  clock.set(byMs);
  expect(time.now()).toBe(clock.now());
  expect(jumps).toEqual([]);
});

test.each([1001, -1001, HOUR_MS])('a clock that was set by %d ms is a jump of as much, once', (byMs) => {
  const { clock, time, jumps } = steady();
  clock.set(byMs);
  expect(time.now()).toBe(clock.now());
  time.now();
  expect(jumps).toEqual([byMs]);
});

test('many small corrections never add up to a jump', () => {
  const { clock, time, jumps } = steady();
  for (let i = 0; i < 100; i++) {
    clock.set(900);
    time.now();
  }
  expect(jumps).toEqual([]);
});

test('time that the machine slept is no jump, and a clock that was set meanwhile is one', () => {
  const { clock, time, jumps } = steady();
  clock.sleep(HOUR_MS);
  time.now();
  expect(jumps).toEqual([]);
  clock.sleep(HOUR_MS);
  clock.set(-5000);
  time.now();
  expect(jumps).toEqual([-5000]);
  clock.sleep(HOUR_MS);
  clock.set(1000);
  time.now();
  expect(jumps).toEqual([-5000]);
});

test('a machine that had slept before counts only what it sleeps from then on', () => {
  const clock = new FakeClock();
  clock.sleep(HOUR_MS);
  const jumps: number[] = [];
  const time = new SteadyTime(clock, (byMs) => jumps.push(byMs));
  clock.set(5000);
  time.now();
  expect(jumps).toEqual([5000]);
});

test('a clock that does not know of sleep takes it for a jump', () => {
  const fake = new FakeClock();
  const clock: Clock = { now: () => fake.now(), monotonic: () => fake.monotonic() };
  const jumps: number[] = [];
  const time = new SteadyTime(clock, (byMs) => jumps.push(byMs));
  fake.sleep(HOUR_MS);
  time.now();
  expect(jumps).toEqual([HOUR_MS]);
});
