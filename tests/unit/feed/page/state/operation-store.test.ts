import { describe, expect, it } from 'vitest';

import type { FeedOperationEvent } from '../../../../../src/feed/feed-protocol.ts';
import type { OperationRecord } from '../../../../../src/feed/page/state/operation-record.ts';
import {
  MAX_CHILDREN,
  MAX_ENDED_ROOTS,
  OperationStore,
} from '../../../../../src/feed/page/state/operation-store.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf, START_MS, timeAt } from '../feed-messages.ts';

type Shape = string | [string, Shape[]];

function shapeOf(records: readonly OperationRecord[]): Shape[] {
  return records.map(({ id, children }) => (children.length === 0 ? id : [id, shapeOf(children)]));
}

function shapesOf(store: OperationStore): { active: Shape[]; ended: Shape[] } {
  return { active: shapeOf(store.activeRoots), ended: shapeOf(store.endedRoots) };
}

function storeOf(...events: FeedOperationEvent[]): OperationStore {
  const store = new OperationStore();
  for (const event of events) store.apply(event);
  return store;
}

function namesOf(store: OperationStore): string[] {
  return store.endedRoots.map(({ id }) => id);
}

const stageOf = (parent_id: string): { parent_id: string } => ({ parent_id });

describe('very many active operations, of which a snapshot has the first', () => {
  const active = [operationOf('a'), operationOf('b')];

  it('are counted, until events name them', () => {
    const store = new OperationStore();
    store.applySnapshot({ seq: 5, active, activeTotal: 5, ended: [] });
    expect(store.unnamedActive).toBe(3);
    store.apply(eventOf('progressed', 'c', 6, 1));
    store.apply(eventOf('completed', 'd', 7, 1, { duration: 1 }));
    expect(store.unnamedActive).toBe(1);
    store.apply(eventOf('started', 'new', 8, 1));
    store.apply(eventOf('completed', 'a', 9, 1, { duration: 1 }));
    expect(store.unnamedActive).toBe(1);
    expect(store.activeRoots.map(({ id }) => id).toSorted()).toEqual(['b', 'c', 'new']);
  });

  it('stay where a later snapshot leaves them out', () => {
    const store = storeOf(eventOf('started', 'known', 1, 0));
    store.applySnapshot({ seq: 5, active, activeTotal: 4, ended: [] });
    expect(store.activeRoots.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'known']);
    expect(store.unnamedActive).toBe(1);
  });

  it('are forgotten with everything else', () => {
    const store = new OperationStore();
    store.applySnapshot({ seq: 5, active, activeTotal: 5, ended: [] });
    store.clear();
    expect(store.unnamedActive).toBe(0);
  });
});

describe('the operations of the feed', () => {
  it('follow an operation from its start to its end', () => {
    const store = storeOf(eventOf('started', 'a', 1, 0, { details: { files: 3 } }));
    expect(store.activeRoots).toMatchObject([
      { id: 'a', status: 'started', startedAtMs: START_MS, endedAtMs: null },
    ]);

    const details = { message: 'a.ts' };
    store.apply(eventOf('progressed', 'a', 2, 1, { progress: 40, message: 'a.ts', details }));
    expect(store.activeRoots).toMatchObject([{ status: 'running', progress: 40, message: 'a.ts' }]);

    store.apply(eventOf('failed', 'a', 3, 2, { progress: 40, duration: 2, error: 'no such file' }));
    expect(store.activeRoots).toEqual([]);
    expect(store.endedRoots).toMatchObject([
      {
        status: 'failed',
        progress: 40,
        durationSeconds: 2,
        endedAtMs: START_MS + 2000,
        error: 'no such file',
        message: 'a.ts',
        details: { files: 3, message: 'a.ts' },
      },
    ]);
  });

  it('keep one record for one operation, so that its row on the page stays', () => {
    const store = storeOf(eventOf('started', 'a', 1, 0));
    const [record] = store.activeRoots;
    store.applySnapshot({ seq: 1, active: [operationOf('a', { progress: 10 })], ended: [] });
    expect(store.activeRoots[0]).toBe(record);
    store.apply(eventOf('completed', 'a', 2, 1, { progress: 100, duration: 1 }));
    expect(store.endedRoots[0]).toBe(record);
    store.applySnapshot({ seq: 2, active: [], ended: [endedOf('a', [0, 1])] });
    expect(store.endedRoots[0]).toBe(record);
  });

  it('show the longest running first, and the latest ended last', () => {
    const store = storeOf(
      eventOf('started', 'old', 1, 0),
      eventOf('started', 'new', 2, 1),
      eventOf('completed', 'first', 3, 2, { duration: 1 }),
      eventOf('completed', 'last', 4, 3, { duration: 1 }),
      eventOf('completed', 'at the same moment', 5, 3, { duration: 1 }),
    );
    expect(shapesOf(store)).toEqual({
      active: ['old', 'new'],
      ended: ['first', 'last', 'at the same moment'],
    });
  });

  it('show what is asked for by the name that was asked for, where nobody vouches for it', () => {
    const store = storeOf(
      eventOf('started', 'a', 1, 0, { operation_name: '_OTHER', details: { requested_tool: 'scann' } }),
      eventOf('started', 'b', 2, 1, { operation_name: 'scan', details: { requested_tool: 'else' } }),
    );
    expect(store.activeRoots).toMatchObject([
      { name: 'scann', label: '_OTHER' },
      { name: 'scan', label: 'scan' },
    ]);
  });

  it('change their revisions with what is shown, and that of the ended ones with them alone', () => {
    const store = new OperationStore();
    const seen: [revision: number, endedRevision: number][] = [];
    const note = (): void => void seen.push([store.revision, store.endedRevision]);
    note();
    store.apply(eventOf('started', 'a', 1, 0));
    note();
    store.apply(eventOf('completed', 'a', 2, 1, { duration: 1 }));
    note();
    store.applySnapshot({ seq: 2, active: [], ended: [] });
    note();
    store.clear();
    note();
    expect(new Set(seen.map(([revision]) => revision)).size).toBe(5);
    expect(new Set(seen.map(([, endedRevision]) => endedRevision)).size).toBe(4);
    expect(seen[0]?.[1]).toBe(seen[1]?.[1]);
  });

  it('know from an end alone when the operation had started', () => {
    const store = storeOf(eventOf('cancelled', 'a', 9, 5, { duration: 3 }));
    expect(store.endedRoots).toMatchObject([{ status: 'cancelled', startedAtMs: START_MS + 2000 }]);
  });

  it('are not told twice by events that come twice', () => {
    const story = [
      eventOf('started', 'a', 1, 0),
      eventOf('progressed', 'a', 2, 1, { progress: 50 }),
      eventOf('completed', 'a', 3, 2, { duration: 2 }),
    ];
    const store = storeOf(...story);
    for (const event of story) {
      store.apply(event);
      expect(shapesOf(store)).toEqual({ active: [], ended: ['a'] });
    }
  });

  it('are told apart by their sessions', () => {
    const store = storeOf(
      eventOf('started', 'a', 1, 0),
      eventOf('started', 'a', 2, 1, { session_id: 't' }),
      eventOf('started', 'stage', 3, 2, { session_id: 't', ...stageOf('a') }),
      eventOf('completed', 'a', 4, 3, { duration: 3 }),
    );
    expect(shapesOf(store)).toEqual({ active: [['a', ['stage']]], ended: ['a'] });
    expect(store.find('a', 's')).toMatchObject({ sessionId: 's', status: 'completed' });
    expect(store.find('a', 't')).toMatchObject({ sessionId: 't', status: 'started' });
    expect(store.find('a', null)).toMatchObject({ sessionId: 't' });
    expect(store.find('a', 'u')).toBeUndefined();
  });

  it('are not mistaken for those of another session whose names run together to the same', () => {
    const store = storeOf(
      eventOf('started', 'c', 1, 0, { session_id: 'a b' }),
      eventOf('started', 'b c', 2, 1, { session_id: 'a' }),
    );
    expect(shapesOf(store).active).toEqual(['c', 'b c']);
  });

  it('are all forgotten when the exporter was started again, and its first event is heard', () => {
    const store = storeOf(eventOf('started', 'a', 1, 0), eventOf('completed', 'b', 2, 1, { duration: 1 }));
    store.applySnapshot({ seq: 90, active: [operationOf('a')], ended: [] });
    store.clear();
    expect(shapesOf(store)).toEqual({ active: [], ended: [] });
    expect(store.find('a', 's')).toBeUndefined();
    store.apply(eventOf('started', 'c', 1, 0));
    expect(shapesOf(store).active).toEqual(['c']);
  });
});

describe('an id that is used again', () => {
  it('is another operation', () => {
    const store = storeOf(
      eventOf('started', 'a', 1, 0),
      eventOf('completed', 'a', 2, 1, { duration: 1 }),
      eventOf('started', 'a', 3, 2),
      eventOf('failed', 'a', 4, 4, { duration: 2 }),
    );
    expect(store.endedRoots).toMatchObject([{ status: 'completed' }, { status: 'failed' }]);
    expect(store.find('a', 's')).toMatchObject({ status: 'failed' });
  });

  it('takes the place of one that was active, as its end was missed', () => {
    const store = storeOf(
      eventOf('started', 'a', 1, 0),
      eventOf('progressed', 'a', 2, 1, { progress: 70 }),
      eventOf('started', 'a', 9, 30),
    );
    expect(store.activeRoots).toMatchObject([
      { status: 'started', progress: 0, startedAtMs: START_MS + 30_000 },
    ]);
    expect(store.endedRoots).toEqual([]);
  });

  it('takes its place among the stages of their parent, too', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'fix', 2, 1, stageOf('run')),
      eventOf('started', 'scan', 3, 1, stageOf('run')),
      eventOf('started', 'fix', 9, 30, stageOf('run')),
    );
    expect(shapesOf(store).active).toEqual([['run', ['scan', 'fix']]]);
  });

  it('has the stages of its own time', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'early', 2, 1, stageOf('run')),
      eventOf('completed', 'early', 3, 2, { ...stageOf('run'), duration: 1 }),
      eventOf('completed', 'run', 4, 3, { duration: 3 }),
      eventOf('started', 'run', 5, 10),
      eventOf('started', 'late', 6, 11, stageOf('run')),
    );
    expect(shapesOf(store)).toEqual({ active: [['run', ['late']]], ended: [['run', ['early']]] });
  });

  it('leaves what the one before it has started running, whose end was missed', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'stage', 2, 1, stageOf('run')),
      eventOf('completed', 'over', 3, 2, { ...stageOf('run'), duration: 1 }),
      eventOf('started', 'run', 4, 9),
    );
    expect(shapesOf(store)).toEqual({ active: ['stage', 'run'], ended: ['over'] });
  });

  it('leaves no stage behind that ended and whose id was used again unheard', () => {
    const store = storeOf(eventOf('started', 'run', 1, 0), eventOf('started', 'fix', 2, 1, stageOf('run')));
    const running = operationOf('fix', { start_time: timeAt(5), ...stageOf('run') });
    const over = endedOf('fix', [1, 4], stageOf('run'));
    store.applySnapshot({ seq: 9, active: [operationOf('run'), running], ended: [over] });
    expect(store.activeRoots[0]?.children.map(({ status }) => status)).toEqual(['completed', 'running']);
  });

  it('does not take the stages of one that ended unheard', () => {
    const store = storeOf(eventOf('started', 'run', 1, 0), eventOf('started', 'scan', 2, 1, stageOf('run')));
    const active = [
      operationOf('run', { start_time: timeAt(5) }),
      operationOf('scan', { start_time: timeAt(1), ...stageOf('run') }),
    ];
    store.applySnapshot({ seq: 9, active, ended: [endedOf('run', [0, 4])] });
    expect(shapesOf(store)).toEqual({ active: ['scan', 'run'], ended: [['run', ['scan']]] });
  });

  it('does not take a stage of one that is known no more', () => {
    const store = new OperationStore();
    const stage = operationOf('stage', { start_time: timeAt(5), ...stageOf('run') });
    store.applySnapshot({
      seq: 9,
      active: [stage, operationOf('run', { start_time: timeAt(100) })],
      ended: [],
    });
    expect(shapesOf(store).active).toEqual(['stage', 'run']);
  });

  it('may be used twice in one millisecond', () => {
    const store = storeOf(
      eventOf('completed', 'a', 1, 0, { duration: 0.0001 }),
      eventOf('failed', 'a', 2, 0, { duration: 0.0002 }),
    );
    store.applySnapshot({ seq: 2, active: [], ended: [] });
    expect(store.endedRoots).toMatchObject([{ status: 'completed' }, { status: 'failed' }]);
  });

  it('is found by the one before, where the latest was never heard to end', () => {
    const store = storeOf(eventOf('completed', 'a', 1, 1, { duration: 1 }), eventOf('started', 'a', 2, 2));
    store.applySnapshot({ seq: 9, active: [], ended: [] });
    expect(store.find('a', 's')).toMatchObject({ status: 'completed' });
  });

  it('has the stages of its own time in a snapshot', () => {
    const store = new OperationStore();
    store.applySnapshot({
      seq: 9,
      active: [
        operationOf('run', { start_time: timeAt(10) }),
        operationOf('late', { start_time: timeAt(11), ...stageOf('run') }),
      ],
      ended: [endedOf('run', [0, 3]), endedOf('early', [1, 2], stageOf('run'))],
    });
    expect(shapesOf(store)).toEqual({ active: [['run', ['late']]], ended: [['run', ['early']]] });
    expect(store.find('run', 's')).toMatchObject({ startedAtMs: START_MS + 10_000 });
  });

  it('is found by its latest operation, also once one before it is heard of', () => {
    const store = storeOf(eventOf('started', 'a', 5, 10), eventOf('completed', 'a', 6, 12, { duration: 2 }));
    store.addEnded([endedOf('a', [0, 1], { status: 'failed' })]);
    expect(store.find('a', 's')).toMatchObject({ status: 'completed' });
    expect(store.endedRoots).toMatchObject([{ status: 'failed' }, { status: 'completed' }]);
  });
});

describe('stages', () => {
  const cycle = [
    eventOf('started', 'run', 1, 0),
    eventOf('started', 'cycle', 2, 1, stageOf('run')),
    eventOf('started', 'scan', 3, 2, stageOf('cycle')),
    eventOf('completed', 'scan', 4, 3, { ...stageOf('cycle'), duration: 1 }),
    eventOf('started', 'fix', 5, 4, stageOf('cycle')),
  ];

  it('stand below what started them while it runs, those that have ended among them', () => {
    expect(shapesOf(storeOf(...cycle))).toEqual({
      active: [['run', [['cycle', ['scan', 'fix']]]]],
      ended: [],
    });
  });

  it('stand below what started them after it has ended', () => {
    const ends = ['fix', 'cycle', 'run'].map((id, index) =>
      eventOf('completed', id, 6 + index, 5 + index, { duration: 1 }),
    );
    expect(shapesOf(storeOf(...cycle, ...ends))).toEqual({
      active: [],
      ended: [['run', [['cycle', ['scan', 'fix']]]]],
    });
  });

  it('are shown as running where what started them has ended', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'stage', 2, 1, stageOf('run')),
      eventOf('cancelled', 'run', 3, 2, { duration: 2 }),
    );
    expect(shapesOf(store)).toEqual({ active: ['stage'], ended: [['run', ['stage']]] });
    store.apply(eventOf('completed', 'stage', 4, 3, { ...stageOf('run'), duration: 2 }));
    expect(shapesOf(store)).toEqual({ active: [], ended: [['run', ['stage']]] });
  });

  it('stand for themselves where nothing is known of what started them', () => {
    const store = storeOf(
      eventOf('started', 'stray', 1, 0, stageOf('never heard of')),
      eventOf('completed', 'over', 2, 1, { ...stageOf('never heard of'), duration: 1 }),
    );
    expect(shapesOf(store)).toEqual({ active: ['stray'], ended: ['over'] });
  });

  it('find what started them in a snapshot, whether they run or have ended', () => {
    const store = storeOf(
      eventOf('progressed', 'stage', 8, 5, stageOf('run')),
      eventOf('completed', 'over', 9, 6, { ...stageOf('run'), duration: 1 }),
    );
    const running = operationOf('stage', { start_time: timeAt(4), ...stageOf('run') });
    store.applySnapshot({ seq: 7, active: [operationOf('run'), running], ended: [] });
    expect(shapesOf(store)).toEqual({ active: [['run', ['stage', 'over']]], ended: [] });
  });

  it('find it where it is told later, and further back', () => {
    const store = new OperationStore();
    store.addEnded([endedOf('deep', [3, 4], stageOf('cycle')), endedOf('lone', [0, 1])]);
    store.addEnded([endedOf('cycle', [2, 5], stageOf('run'))]);
    expect(shapesOf(store).ended).toEqual(['lone', ['cycle', ['deep']]]);
    store.addEnded([endedOf('run', [1, 6])]);
    expect(shapesOf(store).ended).toEqual(['lone', ['run', [['cycle', ['deep']]]]]);
  });

  it('are below it once, however often they are told', () => {
    const store = new OperationStore();
    const operations = [endedOf('run', [0, 4]), endedOf('scan', [1, 2], stageOf('run'))];
    for (let time = 0; time < 3; time++) store.addEnded(operations);
    store.applySnapshot({ seq: 5, active: [], ended: operations });
    expect(shapesOf(store)).toEqual({ active: [], ended: [['run', ['scan']]] });
  });

  it.each([
    ['themselves', [endedOf('a', [0, 1], stageOf('a'))]],
    ['each other', [endedOf('a', [0, 1], stageOf('b')), endedOf('b', [0, 1], stageOf('a'))]],
    [
      'in a circle',
      [
        endedOf('a', [0, 1], stageOf('c')),
        endedOf('b', [0, 1], stageOf('a')),
        endedOf('c', [0, 1], stageOf('b')),
      ],
    ],
  ])('that have started %s are all shown', (_, operations) => {
    const store = new OperationStore();
    store.addEnded(operations);
    const shown = JSON.stringify(shapesOf(store).ended);
    for (const { operation_id: id } of operations) expect(shown.split(`"${id}"`)).toHaveLength(2);
  });

  it('that call themselves what started them are shown while they run', () => {
    expect(shapesOf(storeOf(eventOf('started', 'a', 1, 0, stageOf('a')))).active).toEqual(['a']);
  });

  it('are cut into several operations where they never stop nesting, and none is lost', () => {
    const links = Array.from({ length: 5000 }, (_, index) =>
      endedOf(`link-${index}`, [index / 1000, 10], index === 0 ? {} : stageOf(`link-${index - 1}`)),
    );
    const store = new OperationStore();
    store.addEnded(links.toReversed());
    const text = JSON.stringify(shapesOf(store).ended);
    for (const { operation_id: id } of links) expect(text).toContain(`"${id}"`);
    expect(store.endedRoots.length).toBeGreaterThan(1);
    expect(store.endedRoots.length).toBeLessThan(500);
  });

  it('are as many as can be read: past that the oldest that completed goes, and none that runs or failed', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'runs on', 2, 1, stageOf('run')),
    );
    for (let index = 0; index < MAX_CHILDREN + 4; index++) {
      store.apply(eventOf('started', `stage-${index}`, 3 + index * 2, 2 + index, stageOf('run')));
      const end = { ...stageOf('run'), duration: 1 };
      const kind = index === 2 ? 'failed' : 'completed';
      store.apply(eventOf(kind, `stage-${index}`, 4 + index * 2, 3 + index, end));
    }
    const children = store.activeRoots[0]?.children.map(({ id }) => id);
    expect(children).toHaveLength(MAX_CHILDREN);
    expect(children).toContain('runs on');
    expect(children).toContain('stage-2');
    expect(children).not.toContain('stage-5');
    expect(children?.at(-1)).toBe(`stage-${MAX_CHILDREN + 3}`);
    expect(store.find('stage-5', 's')).toBeUndefined();
    expect(store.find('stage-6', 's')).toBeDefined();
  });

  it('wait for a snapshot where nobody heard what started them begin: its id may have been used again', () => {
    const store = storeOf(
      eventOf('progressed', 'run', 5, 5),
      eventOf('started', 'stage', 6, 6, stageOf('run')),
    );
    expect(store.activeRoots.map(({ id }) => id)).toEqual(['run', 'stage']);
    const [run, stage] = [
      operationOf('run', { start_time: timeAt(0) }),
      operationOf('stage', { start_time: timeAt(6), parent_id: 'run' }),
    ];
    store.applySnapshot({ seq: 6, active: [run, stage], ended: [] });
    expect(store.activeRoots.map(({ id }) => id)).toEqual(['run']);
  });

  it('that all failed are bounded, too', () => {
    const store = storeOf(eventOf('started', 'run', 1, 0));
    for (let index = 0; index < MAX_CHILDREN + 2; index++) {
      store.apply(eventOf('failed', `stage-${index}`, 2 + index, 1, { ...stageOf('run'), duration: 1 }));
    }
    const children = store.activeRoots[0]?.children.map(({ id }) => id);
    expect(children).toHaveLength(MAX_CHILDREN);
    expect(children?.[0]).toBe('stage-2');
  });
});

describe('a snapshot', () => {
  it('tells what there was before the page was opened', () => {
    const store = new OperationStore();
    store.applySnapshot({
      seq: 4,
      active: [operationOf('runs', { progress: 30, details: { message: 'half of it' } })],
      ended: [endedOf('newer', [1, 3], { status: 'failed', error: 'no' }), endedOf('older', [0, 2])],
    });
    expect(store.activeRoots).toMatchObject([{ id: 'runs', progress: 30, message: 'half of it' }]);
    expect(store.endedRoots).toMatchObject([
      { id: 'older', durationSeconds: 2, error: null },
      { id: 'newer', durationSeconds: 2, status: 'failed', error: 'no' },
    ]);
  });

  it('ends what it has as ended, whose end was not heard', () => {
    const store = storeOf(eventOf('started', 'a', 1, 0));
    const failed = endedOf('a', [0, 4], { status: 'failed', error: 'no' });
    store.applySnapshot({ seq: 2, active: [], ended: [failed] });
    expect(store.activeRoots).toEqual([]);
    expect(store.endedRoots).toMatchObject([{ id: 'a', status: 'failed', durationSeconds: 4, error: 'no' }]);
  });

  it('makes what it does not have any more vanish, with its place among the stages', () => {
    const store = storeOf(
      eventOf('started', 'gone', 1, 0),
      eventOf('started', 'run', 2, 0),
      eventOf('started', 'stage', 3, 1, stageOf('run')),
    );
    store.applySnapshot({ seq: 900, active: [operationOf('run')], ended: [] });
    expect(shapesOf(store)).toEqual({ active: ['run'], ended: [] });
    expect(store.find('gone', 's')).toBeUndefined();
  });

  it('leaves what that has started, as it runs and as it ended', () => {
    const store = storeOf(
      eventOf('started', 'gone', 1, 0),
      eventOf('started', 'runs', 2, 1, stageOf('gone')),
      eventOf('completed', 'over', 3, 2, { ...stageOf('gone'), duration: 1 }),
    );
    const runs = operationOf('runs', { start_time: timeAt(1), ...stageOf('gone') });
    store.applySnapshot({ seq: 900, active: [runs], ended: [] });
    expect(shapesOf(store)).toEqual({ active: ['runs'], ended: ['over'] });
  });

  it('tells how what is known by newer events alone began', () => {
    const details = { requested_tool: 'scann', arguments: { path: 'x' } };
    const active = [operationOf('a', { operation_name: '_OTHER', start_time: timeAt(1), details })];
    const end = { operation_name: '_OTHER', duration: 2.0006, details: { files: 3 } };
    const store = storeOf(eventOf('completed', 'a', 5, 3, end));
    store.applySnapshot({ seq: 4, active, ended: [] });
    expect(store.endedRoots).toMatchObject([
      // A link to it has its start, to the millisecond.
      { name: 'scann', startedAtMs: START_MS + 1000, details: { ...details, files: 3 } },
    ]);
  });

  it('leaves what started after it alone', () => {
    const store = storeOf(eventOf('started', 'a', 5, 3));
    store.applySnapshot({ seq: 4, active: [], ended: [] });
    expect(shapesOf(store).active).toEqual(['a']);
  });

  it('does not move back what newer events have told', () => {
    const store = storeOf(
      eventOf('progressed', 'a', 5, 3, { progress: 80, message: 'nearly' }),
      eventOf('completed', 'b', 6, 4, { duration: 4 }),
    );
    store.applySnapshot({
      seq: 4,
      active: [operationOf('a', { start_time: timeAt(1), progress: 20 }), operationOf('b', { progress: 10 })],
      ended: [],
    });
    expect(store.activeRoots).toMatchObject([
      { id: 'a', progress: 80, message: 'nearly', startedAtMs: START_MS + 1000 },
    ]);
    expect(store.endedRoots).toMatchObject([{ id: 'b', status: 'completed', progress: 0 }]);
  });

  it('knows better than events that it has heard already', () => {
    const store = new OperationStore();
    store.applySnapshot({ seq: 3, active: [], ended: [endedOf('a', [0, 2])] });
    const { revision } = store;
    store.apply(eventOf('started', 'a', 1, 0));
    store.apply(eventOf('progressed', 'a', 2, 1, { progress: 50 }));
    store.apply(eventOf('completed', 'a', 3, 2, { duration: 2 }));
    expect(shapesOf(store)).toEqual({ active: [], ended: ['a'] });
    expect(store.revision).toBe(revision);
  });

  it('knows less than events that come after it', () => {
    const store = new OperationStore();
    store.applySnapshot({
      seq: 3,
      active: [operationOf('a', { progress: 40, details: { files: 3 } })],
      ended: [],
    });
    store.apply(eventOf('progressed', 'a', 4, 2, { progress: 50, details: { file: 'b' } }));
    expect(store.activeRoots).toMatchObject([{ progress: 50, details: { files: 3, file: 'b' } }]);
  });

  it('adds none that has ended and is known already', () => {
    const store = storeOf(eventOf('started', 'a', 1, 0), eventOf('completed', 'a', 2, 1, { duration: 1 }));
    store.applySnapshot({ seq: 2, active: [], ended: [endedOf('a', [0, 1])] });
    store.addEnded([endedOf('a', [0, 1])]);
    expect(namesOf(store)).toEqual(['a']);
  });

  it('tells what was missed in its order, between what was heard', () => {
    const store = storeOf(eventOf('completed', 'heard', 1, 5, { duration: 1 }));
    store.applySnapshot({
      seq: 9,
      active: [],
      ended: [endedOf('missed', [6, 9]), endedOf('before', [0, 3])],
    });
    store.apply(eventOf('completed', 'after', 10, 11, { duration: 1 }));
    expect(namesOf(store)).toEqual(['before', 'heard', 'missed', 'after']);
  });

  it('that is older than the one before does not bring back what that one has told', () => {
    const store = new OperationStore();
    store.applySnapshot({ seq: 9, active: [], ended: [endedOf('a', [0, 2])] });
    store.applySnapshot({ seq: 5, active: [], ended: [] });
    store.apply(eventOf('started', 'a', 7, 1));
    expect(shapesOf(store)).toEqual({ active: [], ended: ['a'] });
  });
});

describe('operations that ended further back', () => {
  it('get in among the others by their ends, and nothing that goes on', () => {
    const store = storeOf(eventOf('completed', 'b', 1, 5, { duration: 1 }));
    store.addEnded([operationOf('runs'), endedOf('c', [5, 6]), endedOf('a', [0, 2])]);
    expect(namesOf(store)).toEqual(['a', 'b', 'c']);
    expect(store.activeRoots).toEqual([]);
  });

  it('do not end what runs under their id now', () => {
    const store = storeOf(eventOf('started', 'a', 5, 10));
    store.addEnded([endedOf('a', [0, 2])]);
    expect(shapesOf(store)).toEqual({ active: ['a'], ended: ['a'] });
    expect(store.find('a', 's')).toMatchObject({ status: 'started' });
  });

  it('do not keep events from being heard', () => {
    const store = new OperationStore();
    store.addEnded([endedOf('a', [0, 2])]);
    store.apply(eventOf('started', 'b', 1, 3));
    expect(shapesOf(store)).toEqual({ active: ['b'], ended: ['a'] });
  });
});

describe('the time since which a store is complete', () => {
  const snapshotOf = (seq: number, ended: WireOperation[], endedTotal: number) => ({
    seq,
    active: [],
    ended,
    endedTotal,
  });

  it('is the end of the oldest operation of a partial snapshot', () => {
    const store = new OperationStore();
    store.applySnapshot(snapshotOf(1, [endedOf('b', [5, 9]), endedOf('a', [5, 8])], 3));
    expect(store.completeSinceMs).toBe(START_MS + 8000);
    // A look back has only some operations.
    store.addEnded([endedOf('old', [0, 1])]);
    expect(store.completeSinceMs).toBe(START_MS + 8000);
    store.applySnapshot(snapshotOf(2, [endedOf('b', [5, 9])], 1));
    expect(store.completeSinceMs).toBe(-Infinity);
  });

  it('does not change with a snapshot that continues the store', () => {
    const store = new OperationStore();
    store.applySnapshot(snapshotOf(1, [endedOf('b', [5, 9]), endedOf('a', [5, 8])], 3));
    store.applySnapshot(snapshotOf(2, [endedOf('c', [5, 10]), endedOf('b', [5, 9])], 4));
    expect(store.completeSinceMs).toBe(START_MS + 8000);
    store.applySnapshot(snapshotOf(9, [endedOf('z', [50, 60]), endedOf('y', [50, 59])], 40));
    expect(store.completeSinceMs).toBe(START_MS + 59_000);
  });
});

describe('what is kept', () => {
  const many = MAX_ENDED_ROOTS + 2000;

  function storeOfMany(): OperationStore {
    const store = storeOf(eventOf('started', 'active', 1, 0));
    for (let index = 0; index < many; index++) {
      store.apply(eventOf('started', `ended-${index}`, index * 2 + 2, index));
      store.apply(eventOf('completed', `ended-${index}`, index * 2 + 3, index + 1, { duration: 1 }));
      expect(store.endedRoots.length).toBeLessThan(MAX_ENDED_ROOTS + 500);
    }
    return store;
  }

  it('is the latest that ended, and all that is active; the rest is not remembered at all', () => {
    const store = storeOfMany();
    expect(store.endedRoots.length).toBeGreaterThanOrEqual(MAX_ENDED_ROOTS);
    expect(store.endedRoots.at(-1)?.id).toBe(`ended-${many - 1}`);
    expect(shapesOf(store).active).toEqual(['active']);
    const kept = new Set(namesOf(store));
    for (let index = 0; index < many; index++) {
      expect(store.find(`ended-${index}`, 's') !== undefined).toBe(kept.has(`ended-${index}`));
    }
  });

  it('includes the latest look back, however old its operations are', () => {
    const store = storeOfMany();
    const before = namesOf(store).slice(-MAX_ENDED_ROOTS);
    store.addEnded([endedOf('older', [-9, -8])]);
    let seq = store.seq;
    for (let index = 0; index < 1000; index++) {
      store.apply(eventOf('completed', `later-${index}`, (seq += 1), many + index, { duration: 1 }));
    }
    expect(namesOf(store).at(0)).toBe('older');
    store.addEnded([endedOf('other', [-7, -6])]);
    expect(namesOf(store).slice(0, 2)).toEqual(['other', before[1000]]);
    expect(store.find('older', 's')).toBeUndefined();
    expect(store.endedRoots.length).toBe(MAX_ENDED_ROOTS + 1);
  });

  it('is complete since the last operation that is no longer kept', () => {
    const store = storeOfMany();
    const [first] = store.endedRoots;
    expect(store.completeSinceMs).toBe((first?.endedAtMs ?? 0) - 1000);
  });

  it('has what goes on longer than what started it is remembered', () => {
    const store = storeOf(
      eventOf('started', 'run', 1, 0),
      eventOf('started', 'stage', 2, 1, stageOf('run')),
      eventOf('completed', 'run', 3, 2, { duration: 2 }),
    );
    for (let index = 0; index < many; index++) {
      store.apply(eventOf('completed', `ended-${index}`, index + 4, index + 3, { duration: 1 }));
    }
    expect(store.find('run', 's')).toBeUndefined();
    expect(shapesOf(store).active).toEqual(['stage']);
    store.apply(eventOf('completed', 'stage', many + 4, many + 4, { ...stageOf('run'), duration: 9 }));
    expect(store.endedRoots.at(-1)).toMatchObject({ id: 'stage' });
  });

  it('has some of what ended, however many stages what runs has', () => {
    const store = storeOf(eventOf('started', 'run', 1, 0));
    let seq = 1;
    for (let cycle = 0; cycle < 45; cycle++) {
      const id = `cycle-${cycle}`;
      store.apply(eventOf('started', id, (seq += 1), cycle, stageOf('run')));
      for (let stage = 0; stage < MAX_CHILDREN; stage++) {
        const given = { ...stageOf(id), duration: 0 };
        store.apply(eventOf('completed', `${id} ${stage}`, (seq += 1), cycle, given));
      }
    }
    for (const id of ['one', 'two']) store.apply(eventOf('completed', id, (seq += 1), 60, { duration: 1 }));
    expect(namesOf(store)).toEqual(['one', 'two']);
  });

  it('is less where operations have many stages', () => {
    const store = new OperationStore();
    const stages = 100;
    let seq = 0;
    for (let run = 0; run < 400; run++) {
      const id = `run-${run}`;
      store.apply(eventOf('started', id, (seq += 1), run));
      for (let stage = 0; stage < stages; stage++) {
        const given = { ...stageOf(id), duration: 0 };
        store.apply(eventOf('completed', `${id} ${stage}`, (seq += 1), run, given));
      }
      store.apply(eventOf('completed', id, (seq += 1), run + 1, { duration: 1 }));
    }
    expect(store.endedRoots.length).toBeGreaterThan(100);
    expect(store.endedRoots.length).toBeLessThan(210);
    expect(store.endedRoots.at(-1)).toMatchObject({ id: 'run-399' });
    expect(store.endedRoots.at(-1)?.children).toHaveLength(stages);
    expect(store.find('run-0 0', 's')).toBeUndefined();
  });
});
