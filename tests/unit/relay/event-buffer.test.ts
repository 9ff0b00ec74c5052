import { expect, test } from 'vitest';

import type { OperationEvent } from '../../../src/monitor/events.ts';
import { sizeOfDetails } from '../../../src/monitor/kept-details.ts';
import { LIMITS, type LimitName } from '../../../src/monitor/limits.ts';
import { EventBuffer, type QueuedEvent } from '../../../src/relay/event-buffer.ts';

const MAX = LIMITS.report_queue_bytes.max;

/** An operation whose details have that size. */
function sized(size: number): OperationEvent {
  const details = { k: 'x'.repeat(size - sizeOfDetails({ k: '' })) };
  return { ...plain(), details };
}
const plain = (): OperationEvent => ({
  type: 'operation',
  kind: 'started',
  sessionId: 's',
  operationId: 'o',
  parentId: null,
  operationName: 'n',
  status: 'started',
  progress: 0,
  timestampMs: 0,
});
const queued = (event: OperationEvent, start?: OperationEvent): QueuedEvent => ({ event, start, atMs: 1 });
const scanned: QueuedEvent = { event: { type: 'files_scanned', files: 1 }, atMs: 1 };

function waiting() {
  const limits: LimitName[] = [];
  return { limits, events: new EventBuffer((limit) => void limits.push(limit)) };
}

test('details wait until together they are as large as they may be, and not beyond', () => {
  const { events, limits } = waiting();
  events.push(queued(sized(MAX - 1000)));
  events.push(queued(sized(1000)));
  expect(limits).toEqual([]);
  events.push(queued(sized(100)));
  expect(limits).toEqual(['report_queue_bytes']);
  events.take();
  expect(events.take()?.event).toEqual(sized(1000));
  expect(events.take()?.event).toEqual(plain());
});

test('one event is larger than all details may be together', () => {
  const { events, limits } = waiting();
  const place = events.push(queued(sized(MAX + 1)));
  expect([limits, place.isBuffered, events.count]).toEqual([['report_queue_bytes'], true, 1]);
  expect(events.take()).toEqual(queued(plain()));
});

test('the details of an end and of its start count together, and are left out together', () => {
  const { events, limits } = waiting();
  events.push(queued(sized(MAX - 1500)));
  events.push(queued(sized(1000), sized(1000)));
  expect(limits).toEqual(['report_queue_bytes']);
  events.push(queued(sized(700), sized(700)));
  expect(limits).toHaveLength(1);
  events.take();
  expect(events.take()).toEqual(queued(plain(), plain()));
  expect(events.take()).toEqual(queued(sized(700), sized(700)));
});

test('events without details are not cut when details are as large as they may be', () => {
  const { events, limits } = waiting();
  events.push(queued(sized(MAX)));
  events.push(queued(plain()));
  events.push(scanned);
  expect(limits).toEqual([]);
  events.take();
  expect([events.take(), events.take()]).toEqual([queued(plain()), scanned]);
});

test('events that are removed, taken or left without details make room for the details of others', () => {
  const { events, limits } = waiting();
  const place = events.push(queued(sized(MAX)));
  events.push(queued(sized(500)));
  events.remove(place);
  events.push(queued(sized(MAX)));
  expect(limits).toHaveLength(1);
  events.take();
  events.take();
  expect(events.count).toBe(0);
  events.prepend([queued(sized(MAX))]);
  expect(limits).toHaveLength(1);
});

test('an event that is removed is not taken, and one that was taken waits no longer', () => {
  const { events } = waiting();
  const [first, second] = [events.push(queued(plain())), events.push(scanned)];
  events.remove(first);
  expect([first.isBuffered, second.isBuffered, events.count]).toEqual([false, true, 1]);
  expect(events.take()).toBe(scanned);
  expect([second.isBuffered, events.count]).toEqual([false, 0]);
  expect(events.take()).toBeUndefined();
});

test('events that are prepended come before those that wait, and after none that was taken', () => {
  const { events } = waiting();
  events.push(queued(sized(100)));
  events.push(scanned);
  events.take();
  events.prepend([queued(plain()), queued(sized(200))]);
  expect(events.count).toBe(3);
  expect([events.take(), events.take(), events.take(), events.take()]).toEqual([
    queued(plain()),
    queued(sized(200)),
    scanned,
    undefined,
  ]);
});
