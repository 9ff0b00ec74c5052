import { expect, test } from 'vitest';

import { cursorAfter, pageByStart, type StartOrder } from '../../../src/http/operation-order.ts';
import type { Operation } from '../../../src/monitor/operation.ts';

function operationsAt(startsMs: readonly number[]): Operation[] {
  return startsMs.map((startMs, index) => ({
    operationId: `${index}`,
    operationName: 'n',
    sessionId: 's',
    parentId: null,
    startTime: new Date(startMs),
    endTime: null,
    duration: null,
    status: 'started',
    progress: 0,
    details: {},
    error: null,
  }));
}

/** All pages, one after the other. */
function pagesOf(operations: readonly Operation[], order: StartOrder, limit: number): Operation[][] {
  const pages: Operation[][] = [];
  let cursor: string | undefined;
  do {
    const { page, total } = pageByStart(operations, { order, limit: limit + 1, cursor });
    expect(total).toBe(operations.length);
    const shown = page.slice(0, limit);
    pages.push(shown);
    cursor = page.length > limit ? (cursorAfter(shown, cursor) ?? undefined) : undefined;
  } while (cursor !== undefined);
  return pages;
}

const SOME = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 1000);
const SAME = Array.from({ length: 500 }, () => 5);

test.each<[string, readonly number[], number]>([
  ['many moments', SOME, 100],
  ['one moment', SAME, 7],
  ['few moments', [3, 1, 2], 10],
  ['no moment', [], 10],
  ['one moment, as many as a page has,', SAME.slice(0, 7), 7],
])('pages of operations that start at %s have each operation once, in order', (_, startsMs, limit) => {
  for (const order of ['latest_first', 'earliest_first'] as const) {
    const sign = order === 'earliest_first' ? 1 : -1;
    const operations = operationsAt(startsMs);
    const pages = pagesOf(operations, order, limit);
    const sorted = operations.toSorted((a, b) => sign * (a.startTime.getTime() - b.startTime.getTime()));
    expect(pages.flat().map(({ operationId }) => operationId)).toEqual(
      sorted.map(({ operationId }) => operationId),
    );
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
  }
});

test('operations that start between two pages are on no later page of the latest first', () => {
  const operations = operationsAt([1, 2, 3, 4]);
  const { page } = pageByStart(operations, { order: 'latest_first', limit: 2, cursor: undefined });
  const cursor = cursorAfter(page, undefined) ?? undefined;
  const later = [...operationsAt([9, 9, 9]), ...operations];
  const next = pageByStart(later, { order: 'latest_first', limit: 2, cursor });
  expect(next.page.map(({ startTime }) => startTime.getTime())).toEqual([2, 1]);
});

const startsOf = ({ page }: { page: readonly Operation[] }) =>
  page.map(({ startTime }) => startTime.getTime());

test('a page begins after its cursor also if operations of the page before are forgotten meanwhile', () => {
  const query = { order: 'latest_first', limit: 2, cursor: '5.3' } as const;
  expect(startsOf(pageByStart(operationsAt([5, 5, 5, 5, 4]), query))).toEqual([5, 4]);
  expect(startsOf(pageByStart(operationsAt([5, 4, 3]), query))).toEqual([4, 3]);
  expect(startsOf(pageByStart(operationsAt([5, 5]), query))).toEqual([]);
});

test('a cursor counts only operations that start at its own moment', () => {
  const [five, four] = [operationsAt([5]), operationsAt([4, 4])];
  expect(cursorAfter(five, undefined)).toBe('5.1');
  expect(cursorAfter(four, '5.1')).toBe('4.2');
  expect(cursorAfter(four, '4.2')).toBe('4.4');
  expect(cursorAfter([...five, ...four], '5.7')).toBe('4.2');
  expect(cursorAfter([], '5.1')).toBeNull();
});

test('a page of many operations looks at each of them about once', () => {
  let reads = 0;
  const counting = operationsAt(Array.from({ length: 10_000 }, (_, i) => i)).map((operation) => ({
    ...operation,
    get startTime() {
      reads += 1;
      return operation.startTime;
    },
  }));
  const { page } = pageByStart(counting, { order: 'earliest_first', limit: 10, cursor: undefined });
  expect(startsOf({ page })).toEqual(Array.from({ length: 10 }, (_, i) => i));
  expect(reads).toBeLessThan(15_000);
});
