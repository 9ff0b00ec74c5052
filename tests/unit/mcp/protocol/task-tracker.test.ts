import { beforeEach, expect, test } from 'vitest';

import { TaskTracker } from '../../../../src/mcp/protocol/task-tracker.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';

let changes: [string, number | null][];
let limits: LimitName[];
let tracker: TaskTracker;
beforeEach(() => {
  changes = [];
  limits = [];
  tracker = new TaskTracker(
    (status, durationMs) => changes.push([status, durationMs]),
    (limit) => limits.push(limit),
  );
});

const note = (taskId: unknown, status: unknown, nowMs = 0) => tracker.note({ taskId, status }, nowMs);

test.each(['completed', 'failed', 'cancelled'])(
  'a task that ends as %s has its duration, and may begin anew',
  (end) => {
    note('t', 'working', 1000);
    note('t', 'working', 1500);
    note('t', 'input_required', 2000);
    note('t', 'working', 3000);
    note('t', end, 3500);
    note('t', end, 4000);
    note('t', 'working', 5000);
    note('t', end, 5250);
    expect(changes).toEqual([
      ['working', null],
      ['input_required', null],
      ['working', null],
      [end, 2500],
      ['working', null],
      [end, 250],
    ]);
  },
);

test.each(['completed', 'failed', 'cancelled'])(
  'a task that is first seen as %s is not counted',
  (status) => {
    note('t', status);
    expect(changes).toEqual([]);
  },
);

test('values without the shape of a task are ignored', () => {
  for (const value of [null, undefined, 't', [], {}, { taskId: 't' }, { status: 'working' }]) {
    tracker.note(value, 0);
  }
  note(7, 'working');
  note('t', 'sleeping');
  note('t', ['working']);
  expect(changes).toEqual([]);
});

test('tasks are told apart by their ids, however long', () => {
  const long = 'x'.repeat(5000);
  for (const id of ['', 'a', `${long}a`, `${long}b`]) note(id, 'working');
  note(`${long}a`, 'failed', 10);
  expect(changes.filter(([status]) => status === 'working')).toHaveLength(4);
  expect(changes.at(-1)).toEqual(['failed', 10]);
});

test('beyond the limit, the oldest task is no longer tracked', () => {
  const { max } = LIMITS.tasks_per_connection;
  for (let i = 0; i < max; i++) note(`t${i}`, 'working', i);
  expect(limits).toEqual([]);
  note('one more', 'working');
  expect(limits).toEqual(['tasks_per_connection']);
  changes = [];
  note('t0', 'completed', max);
  note('t1', 'completed', max);
  expect(changes).toEqual([['completed', max - 1]]);
  note('another', 'working');
  expect(limits).toHaveLength(1);
});
