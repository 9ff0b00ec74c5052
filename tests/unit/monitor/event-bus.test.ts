import { expect, test } from 'vitest';

import { EventBus } from '../../../src/monitor/event-bus.ts';

function createBus() {
  const faults: [string, string][] = [];
  const bus = new EventBus<string>((part, error) => faults.push([part, (error as Error).message]));
  return { bus, faults };
}

test('each event reaches every subscriber once, in the order in which they subscribed', () => {
  const { bus } = createBus();
  const seen: string[] = [];
  const first = (event: string) => void seen.push(`first ${event}`);
  expect(bus.hasSubscribers).toBe(false);
  bus.subscribe(first);
  const leave = bus.subscribe((event) => void seen.push(`second ${event}`));
  bus.subscribe(first);
  bus.publish('a');
  expect(seen).toEqual(['first a', 'second a']);
  leave();
  bus.publish('b');
  expect(seen.slice(2)).toEqual(['first b']);
  bus.unsubscribe(first);
  expect(bus.hasSubscribers).toBe(false);
});

test('subscribing and unsubscribing during an event take effect with the next one', () => {
  const { bus } = createBus();
  const seen: string[] = [];
  const late = (event: string) => void seen.push(`late ${event}`);
  const leave = bus.subscribe((event) => {
    seen.push(`once ${event}`);
    leave();
    bus.subscribe(late);
  });
  bus.subscribe((event) => void seen.push(`last ${event}`));
  bus.publish('a');
  bus.publish('b');
  expect(seen).toEqual(['once a', 'last a', 'last b', 'late b']);
});

test('a subscriber that throws or rejects is reported as its part, and the others get the event', async () => {
  const { bus, faults } = createBus();
  const seen: string[] = [];
  bus.subscribe(() => {
    throw new Error('thrown');
  }, 'collector');
  // A JavaScript program may pass an async function.
  // oxlint-disable-next-line typescript/no-misused-promises
  bus.subscribe(() => Promise.reject(new Error('rejected')));
  bus.subscribe((event) => void seen.push(event));
  bus.publish('a');
  await Promise.resolve();
  await Promise.resolve();
  expect(seen).toEqual(['a']);
  expect(faults).toEqual([
    ['collector', 'thrown'],
    ['subscriber', 'rejected'],
  ]);
  const own: string[] = [];
  bus.publish('b', (part) => own.push(part));
  expect([own, faults.length]).toEqual([['collector'], 2]);
});
