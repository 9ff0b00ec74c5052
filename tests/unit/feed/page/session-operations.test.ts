import { describe, expect, it } from 'vitest';

import { MAX_ENDED_OPERATIONS, SessionOperations } from '../../../../src/feed/page/session-operations.ts';
import { eventOf, operationOf, START_MS, timeAt } from './feed-messages.ts';

describe('the operations of a session', () => {
  it('follow an operation from its start to its end', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0, { details: { files: 3 } }));
    expect(operations.records).toMatchObject([
      { id: 'a', status: 'started', startedAtMs: START_MS, endedAtMs: null },
    ]);

    operations.apply(
      eventOf('progressed', 'a', 2, 1, { progress: 40, message: 'a.ts', details: { message: 'a.ts' } }),
    );
    expect(operations.records).toMatchObject([{ status: 'running', progress: 40, message: 'a.ts' }]);

    operations.apply(eventOf('failed', 'a', 3, 2, { progress: 40, duration: 2, error: 'no such file' }));
    expect(operations.records).toMatchObject([
      {
        status: 'failed',
        progress: 40,
        durationSeconds: 2,
        endedAtMs: START_MS + 2000,
        error: 'no such file',
        details: { files: 3, message: 'a.ts' },
      },
    ]);
  });

  it('take what ended before the page was opened, once, in its order, and nothing that goes on', () => {
    const operations = new SessionOperations();
    const old = operationOf('old', { status: 'failed', end_time: timeAt(1), duration: 1 });
    const newer = operationOf('newer', { status: 'completed', end_time: timeAt(3), duration: 1 });
    operations.applySnapshot([], [newer]);
    operations.applyEnded([newer, operationOf('active', { end_time: null }), old]);
    expect(operations.records.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'old failed',
      'newer completed',
    ]);
  });

  it('keep one record for one operation, so that its row on the page stays', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0));
    const [record] = operations.records;
    operations.applySnapshot([operationOf('a', { progress: 10 })], []);
    operations.apply(eventOf('completed', 'a', 2, 1, { progress: 100, duration: 1 }));
    expect(operations.records).toHaveLength(1);
    expect(operations.records[0]).toBe(record);
  });

  it('change their revision with every event and snapshot', () => {
    const operations = new SessionOperations();
    const before = operations.revision;
    operations.apply(eventOf('started', 'a', 1, 0));
    const between = operations.revision;
    operations.applySnapshot([], []);
    expect(new Set([before, between, operations.revision]).size).toBe(3);
  });

  it('hold an operation whose start was not heard, and learn it from a snapshot', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('progressed', 'a', 9, 5, { progress: 50 }));
    expect(operations.records).toMatchObject([{ status: 'running', progress: 50, startedAtMs: null }]);

    operations.applySnapshot([operationOf('a', { start_time: timeAt(1), progress: 60 })], []);
    expect(operations.records).toMatchObject([{ progress: 60, startedAtMs: START_MS + 1000 }]);
  });

  it('know from an end alone when the operation had started', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('cancelled', 'a', 9, 5, { duration: 3 }));
    expect(operations.records).toMatchObject([{ status: 'cancelled', startedAtMs: START_MS + 2000 }]);
  });

  it('are at most the last hundred that ended, and all active ones', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'active', 1, 0));
    for (let i = 0; i < MAX_ENDED_OPERATIONS + 5; i++) {
      operations.apply(eventOf('completed', `ended-${i}`, i + 2, i, { duration: 1 }));
    }
    const ids = operations.records.map((record) => record.id);
    expect(ids).toHaveLength(MAX_ENDED_OPERATIONS + 1);
    expect(ids).toContain('active');
    expect(ids).not.toContain('ended-4');
    expect(ids).toContain('ended-5');
  });

  it('tell two operations apart that used one id after another', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0));
    operations.apply(eventOf('completed', 'a', 2, 1, { duration: 1 }));
    operations.apply(eventOf('started', 'a', 3, 2));
    operations.apply(eventOf('failed', 'a', 4, 4, { duration: 2 }));
    expect(operations.records).toMatchObject([{ status: 'completed' }, { status: 'failed' }]);
  });

  it('replace an active operation when its id starts again, as its end was missed', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0));
    operations.apply(eventOf('progressed', 'a', 2, 1, { progress: 70 }));
    operations.apply(eventOf('started', 'a', 9, 30));
    expect(operations.records).toMatchObject([
      { status: 'started', progress: 0, startedAtMs: START_MS + 30_000 },
    ]);
  });
});

describe('events that come twice or late', () => {
  it('do not move an operation back', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0));
    operations.apply(eventOf('progressed', 'a', 5, 2, { progress: 80 }));
    operations.apply(eventOf('progressed', 'a', 3, 1, { progress: 20 }));
    expect(operations.records).toMatchObject([{ progress: 80 }]);
  });

  it('do not start an ended operation again', () => {
    const operations = new SessionOperations();
    const story = [
      eventOf('started', 'a', 1, 0),
      eventOf('progressed', 'a', 2, 1, { progress: 50 }),
      eventOf('completed', 'a', 3, 2, { duration: 2 }),
    ];
    for (const event of story) operations.apply(event);
    for (const event of story) {
      operations.apply(event);
      expect(operations.records).toMatchObject([{ status: 'completed', endedAtMs: START_MS + 2000 }]);
    }
  });

  it('fill in the start of an operation whose progress came first', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('progressed', 'a', 5, 2, { progress: 80, details: { file: 'b' } }));
    operations.apply(eventOf('started', 'a', 1, 0, { details: { file: 'a', files: 3 } }));
    expect(operations.records).toMatchObject([
      { progress: 80, startedAtMs: START_MS, details: { file: 'b', files: 3 } },
    ]);
  });

  it('end the operation they are about, not a newer one with its id', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 9, 10));
    operations.apply(eventOf('completed', 'a', 3, 2, { duration: 2 }));
    expect(operations.records).toMatchObject([
      { status: 'started', startedAtMs: START_MS + 10_000 },
      { status: 'completed', endedAtMs: START_MS + 2000 },
    ]);
  });
});

describe('a snapshot', () => {
  it('ends what it does not name as active', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'gone', 1, 0));
    operations.apply(eventOf('started', 'ended', 2, 0));
    operations.applySnapshot(
      [],
      [operationOf('ended', { status: 'failed', end_time: timeAt(4), duration: 4, error: 'no' })],
    );
    expect(operations.records).toMatchObject([
      { id: 'ended', status: 'failed', durationSeconds: 4, error: 'no' },
    ]);
  });

  it('adds no ended operation that is known already', () => {
    const operations = new SessionOperations();
    operations.apply(eventOf('started', 'a', 1, 0));
    operations.apply(eventOf('completed', 'a', 2, 1, { duration: 1 }));
    operations.applySnapshot(
      [],
      [operationOf('a', { status: 'completed', end_time: timeAt(1), duration: 1 })],
    );
    expect(operations.records).toHaveLength(1);
  });

  it('agrees with the events that were under way when it was taken', () => {
    const operations = new SessionOperations();
    operations.applySnapshot(
      [],
      [operationOf('a', { status: 'completed', end_time: timeAt(2), duration: 2 })],
    );
    operations.apply(eventOf('started', 'a', 1, 0));
    operations.apply(eventOf('progressed', 'a', 2, 1, { progress: 50 }));
    operations.apply(eventOf('completed', 'a', 3, 2, { duration: 2 }));
    expect(operations.records).toMatchObject([{ id: 'a', status: 'completed' }]);
  });
});
