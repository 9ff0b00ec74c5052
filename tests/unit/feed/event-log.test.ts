import { expect, test } from 'vitest';

import { nextBatch } from '../../../src/feed/event-batch.ts';
import { EventLog } from '../../../src/feed/event-log.ts';
import type { OperationEvent } from '../../../src/monitor/events.ts';
import { Redactor } from '../../../src/redaction/redactor.ts';

const event = (details?: Record<string, unknown>): OperationEvent => ({
  type: 'operation',
  kind: 'started',
  sessionId: 's',
  operationId: 'o',
  parentId: null,
  operationName: 'n',
  status: 'started',
  progress: 0,
  timestampMs: 0,
  ...(details ? { details } : undefined),
});

const details = { text: 'x'.repeat(1500), more: 'y'.repeat(1500) };
const all = () => true;
const redactor = new Redactor();

test('keeps as many events as it has room for', () => {
  const log = new EventLog({ capacity: 3, redactor });
  for (let i = 0; i < 5; i++) log.append(event());
  expect([1, 2, 3, 4, 5].map((seq) => log.at(seq)?.seq)).toEqual([undefined, undefined, 3, 4, 5]);
  expect([1, 2, 3, 5].map((seq) => log.reachesBackTo(seq))).toEqual([false, true, true, true]);
});

test('knows no event before the first and none after the last', () => {
  const log = new EventLog({ capacity: 3, redactor });
  expect([log.lastSeq, log.at(0), log.at(1), log.reachesBackTo(0)]).toEqual([0, undefined, undefined, true]);
  log.append(event());
  expect([log.at(0), log.at(1)?.seq, log.at(2)]).toEqual([undefined, 1, undefined]);
  for (let i = 0; i < 4; i++) log.append(event());
  // Far before the ones that are kept, too: a place is not counted from the end.
  expect([-1, 0, 1, 2, 6].map((seq) => log.at(seq))).toEqual(Array<undefined>(5).fill(undefined));
  expect(log.reachesBackTo(6)).toBe(true);
});

test('keeps events that take exactly as much as it may, and one that takes more alone', () => {
  const limits: string[] = [];
  const onLimit = (limit: string) => limits.push(limit);
  // Without details, an event counts as 500.
  const log = new EventLog({ capacity: 10, redactor, maxSize: 1000, onLimit });
  log.append(event());
  log.append(event());
  expect([log.at(1)?.seq, log.at(2)?.seq, limits]).toEqual([1, 2, []]);
  log.append(event());
  expect([log.at(1), log.at(2)?.seq, limits]).toEqual([undefined, 2, ['event_log_bytes']]);
  log.append(event(details));
  expect([log.at(3), log.at(4)?.seq]).toEqual([undefined, 4]);
  expect(limits).toHaveLength(3);
  log.append(event());
  expect([log.at(4), log.at(5)?.seq]).toEqual([undefined, 5]);
  log.append(event());
  expect([log.at(5)?.seq, log.at(6)?.seq]).toEqual([5, 6]);
});

test('counts no more what gave way to a new event', () => {
  const limits: string[] = [];
  const log = new EventLog({
    capacity: 2,
    redactor,
    maxSize: 1000,
    onLimit: (limit) => limits.push(limit),
  });
  for (let i = 0; i < 100; i++) log.append(event());
  expect([log.at(99)?.seq, log.at(100)?.seq, limits]).toEqual([99, 100, []]);
});

test('keeps fewer if they are large: a hundred times as much as it may take', () => {
  const limits: string[] = [];
  const log = new EventLog({
    capacity: 10_000,
    redactor,
    maxSize: 35_000,
    onLimit: (limit) => limits.push(limit),
  });
  for (let i = 0; i < 1000; i++) log.append(event(details));
  const kept = Array.from({ length: 1000 }, (_, i) => log.at(i + 1)).filter((logged) => logged !== undefined);
  expect(kept.map(({ seq }) => seq)).toEqual(
    Array.from({ length: kept.length }, (_, i) => 1001 - kept.length + i),
  );
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.length).toBeLessThan(12);
  expect(log.reachesBackTo(1000 - kept.length)).toBe(true);
  expect(log.reachesBackTo(1000 - kept.length - 1)).toBe(false);
  expect(limits).toHaveLength(1000 - kept.length);
});

test('counts what an event takes as JSON once it is sent', () => {
  const log = new EventLog({ capacity: 10_000, redactor, maxSize: 35_000 });
  const escaped = { text: '\0'.repeat(1500) };
  for (let i = 0; i < 10; i++) {
    log.append(event(escaped));
    nextBatch(log, { afterSeq: i, wants: all, isCoalescing: false });
  }
  const kept = Array.from({ length: 10 }, (_, i) => log.at(i + 1)).filter((logged) => logged !== undefined);
  expect(kept.length).toBeLessThan(5);
});

test('a frame has a bound, however large its events are', () => {
  const log = new EventLog({ capacity: 10_000, redactor });
  for (let i = 0; i < 1000; i++) log.append(event(details));
  const batch = nextBatch(log, { afterSeq: 0, wants: all, isCoalescing: false });
  expect(batch.frame?.length).toBeLessThan(70_000);
  expect(batch.toSeq).toBeLessThan(30);
});
