import { describe, expect, it } from 'vitest';

import {
  createMatcher,
  feedRows,
  isEmpty,
  type FeedRow,
} from '../../../../../src/feed/page/state/operation-filter.ts';
import {
  mergeEvent,
  recordOfWire,
  type OperationRecord,
} from '../../../../../src/feed/page/state/operation-record.ts';
import { OperationStore } from '../../../../../src/feed/page/state/operation-store.ts';
import { SessionStore } from '../../../../../src/feed/page/state/session-store.ts';
import { NO_FILTER, type OperationFilter } from '../../../../../src/feed/page/state/page-address.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { endedOf, eventOf, operationOf, sessionOf } from '../feed-messages.ts';

const sessions = new SessionStore();
sessions.setAll([
  sessionOf('s', { server_name: 'files', client_name: 'Cursor', client_version: '3.1' }),
  sessionOf('t', { server_name: 'web' }),
]);

function matcherOf(filter: Partial<OperationFilter>): (record: OperationRecord) => boolean {
  return createMatcher({ ...NO_FILTER, ...filter }, sessions);
}

function isMatch(filter: Partial<OperationFilter>, operation: Partial<WireOperation>): boolean {
  return matcherOf(filter)(recordOfWire(endedOf('Id-1', [0, 1], operation), 1));
}

describe('a filter', () => {
  it('that says nothing leaves everything', () => {
    expect(isEmpty(NO_FILTER)).toBe(true);
    expect(isMatch({}, {})).toBe(true);
  });

  it.each<Partial<OperationFilter>>([
    { text: 'a' },
    { name: 'a' },
    { status: 'failed' },
    { server: 'a' },
    { session: 'a' },
  ])('with %j is none that says nothing', (filter) => {
    expect(isEmpty({ ...NO_FILTER, ...filter })).toBe(false);
  });

  it.each<[text: string, operation: Partial<WireOperation>, isFound: boolean]>([
    ['SCAN', { operation_name: 'full-Scan' }, true],
    ['no such', { error: 'No such file' }, true],
    ['a.ts', { details: { message: 'src/A.ts' } }, true],
    ['build-7', { session_id: 'Build-7' }, true],
    ['id-1', {}, true],
    ['FILE', {}, true],
    ['cursor 3', {}, true],
    ['cursor', { session_id: 't' }, false],
    ['secret', { details: { argument: 'secret' } }, false],
    // What is searched is several texts, not one.
    ['scanno', { operation_name: 'scan', error: 'no' }, false],
  ])('by the text %j finds %j: %s', (text, operation, isFound) => {
    expect(isMatch({ text }, operation)).toBe(isFound);
  });

  it('by a name wants all of it: as it is shown, or as it is counted', () => {
    const unknown = { operation_name: '_OTHER', details: { requested_tool: 'scann' } };
    expect(isMatch({ name: 'scann' }, unknown)).toBe(true);
    expect(isMatch({ name: '_OTHER' }, unknown)).toBe(true);
    expect(isMatch({ name: 'scan' }, unknown)).toBe(false);
    expect(isMatch({ name: 'scan' }, { operation_name: 'full scan' })).toBe(false);
  });

  it('by status, session and server wants each of them', () => {
    const filter = { status: 'failed', session: 't', server: 'web' } as const;
    expect(isMatch(filter, { status: 'failed', session_id: 't' })).toBe(true);
    expect(isMatch(filter, { status: 'completed', session_id: 't' })).toBe(false);
    expect(isMatch(filter, { status: 'failed', session_id: 's' })).toBe(false);
    expect(isMatch({ server: 'web' }, { session_id: 'unheard of' })).toBe(false);
  });

  it('finds what a running operation says now, and what it said when it ended', () => {
    const record = recordOfWire(operationOf('a'), 1);
    const matches = matcherOf({ text: 'half' });
    expect(matches(record)).toBe(false);
    mergeEvent(record, eventOf('progressed', 'a', 2, 1, { message: 'half of it' }));
    expect(matches(record)).toBe(true);
    mergeEvent(record, eventOf('failed', 'a', 3, 2, { message: 'no more', duration: 2, error: 'gone' }));
    expect(matches(record)).toBe(false);
    expect(matcherOf({ text: 'gone' })(record)).toBe(true);
    expect(matcherOf({ text: 'no more' })(record)).toBe(true);
  });
});

/** `  > name` is open, `  - name` has nothing below it that is shown. */
function linesOf(rows: readonly FeedRow[]): string[] {
  return rows.map(
    ({ record, level, isExpanded }) => `${'  '.repeat(level)}${isExpanded ? '>' : '-'} ${record.id}`,
  );
}

const stageOf = (parent_id: string, operation_name = 'stage'): Partial<WireOperation> => ({
  parent_id,
  operation_name,
});

function rootsOf(...operations: WireOperation[]): readonly OperationRecord[] {
  const store = new OperationStore();
  store.addEnded(operations);
  return store.endedRoots;
}

const ROOTS = rootsOf(
  endedOf('early', [0, 1]),
  endedOf('run', [0, 9], { operation_name: 'full' }),
  endedOf('second', [4, 8], stageOf('run', 'cycle')),
  endedOf('first', [1, 9], stageOf('run', 'cycle')),
  endedOf('lint', [2, 3], stageOf('first', 'lint')),
  endedOf('fix', [4, 5], stageOf('first', 'fix')),
  endedOf('late', [2, 10]),
);

/** @param opened - what a person has opened (true) or closed (false) */
function shown(filter: Partial<OperationFilter>, opened: Readonly<Record<string, boolean>> = {}): string[] {
  return linesOf(feedRows(ROOTS, { matches: matcherOf(filter), isExpanded: ({ id }) => opened[id] }));
}

describe('the lines of the feed', () => {
  it('are what no other operation started, folded, the latest ended first', () => {
    expect(shown({})).toEqual(['- late', '- run', '- early']);
  });

  it('are the stages, too, where a person opens what started them, by when they started', () => {
    expect(shown({}, { run: true })).toEqual(['- late', '> run', '  - first', '  - second', '- early']);
    expect(shown({}, { run: true, first: true }).slice(1, 5)).toEqual([
      '> run',
      '  > first',
      '    - lint',
      '    - fix',
    ]);
  });

  it('have nothing to open where nothing was started', () => {
    expect(shown({}, { late: true })).toContain('- late');
  });

  it('are what matches', () => {
    expect(shown({ name: 'full' })).toEqual(['- run']);
    expect(shown({ name: 'unheard of' })).toEqual([]);
  });

  it('lead to a stage that matches, past those that do not', () => {
    expect(shown({ name: 'fix' })).toEqual(['> run', '  > first', '    - fix']);
  });

  it('fold what matches, whatever matches below it', () => {
    expect(shown({ name: 'cycle' })).toEqual(['> run', '  - first', '  - second']);
  });

  it('are all of the stages below one that matches, where it is opened', () => {
    expect(shown({ name: 'cycle' }, { first: true })).toEqual([
      '> run',
      '  > first',
      '    - lint',
      '    - fix',
      '  - second',
    ]);
  });

  it('stay folded where a person has closed them, for whatever sake they were open', () => {
    expect(shown({ name: 'fix' }, { run: false })).toEqual(['- run']);
    expect(shown({ name: 'fix' }, { first: false })).toEqual(['> run', '  - first']);
  });
});
