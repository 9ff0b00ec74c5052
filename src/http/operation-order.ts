import type { Operation } from '../monitor/operation.ts';

/** Which operation starts first on a page, or last. */
export type StartOrder = 'earliest_first' | 'latest_first';

export interface OrderedPage {
  readonly page: readonly Operation[];
  /** Of all operations that there are to page through. */
  readonly total: number;
}

/** Where a page ends: at the operations that started in one millisecond, after so many of them. */
interface Cursor {
  readonly startMs: number;
  readonly skip: number;
}

/** As a query has it. */
export const CURSOR_PATTERN = /^\d{1,15}\.\d{1,9}$/;

/**
 * One page of operations, ordered by their start. It looks at each operation once, and sorts no more than a page needs.
 *
 * @param cursor - what {@link cursorAfter} made of the page before
 */
export function pageByStart(
  operations: Iterable<Operation>,
  { order, limit, cursor }: { order: StartOrder; limit: number; cursor: string | undefined },
): OrderedPage {
  const sign = order === 'earliest_first' ? 1 : -1;
  const rank = (operation: Operation) => sign * operation.startTime.getTime();
  const after = cursor === undefined ? null : parseCursor(cursor);
  const skip = after?.skip ?? 0;
  const first = after === null ? -Infinity : sign * after.startMs;
  const needed = limit + skip;
  let found: Operation[] = [];
  let last = Infinity;
  let total = 0;
  const keepNeeded = () => {
    found = found.toSorted((a, b) => rank(a) - rank(b)).slice(0, needed);
  };
  for (const operation of operations) {
    total += 1;
    const its = rank(operation);
    if (its < first || its >= last) continue;
    found.push(operation);
    if (found.length < 2 * needed + 100) continue;
    keepNeeded();
    last = rank(found.at(-1) ?? operation);
  }
  keepNeeded();
  const sent = found.findIndex((operation, index) => rank(operation) !== first || index >= skip);
  return { page: sent === -1 ? [] : found.slice(sent, sent + limit), total };
}

/** Where the next page begins if this one ends with `page`. */
export function cursorAfter(page: readonly Operation[], before: string | undefined): string | null {
  const startMs = page.at(-1)?.startTime.getTime();
  if (startMs === undefined) return null;
  const firstOfThem = page.findIndex(({ startTime }) => startTime.getTime() === startMs);
  const earlier = firstOfThem === 0 && before !== undefined ? parseCursor(before) : null;
  const skipped = earlier?.startMs === startMs ? earlier.skip : 0;
  return `${startMs}.${skipped + page.length - firstOfThem}`;
}

function parseCursor(cursor: string): Cursor {
  const [startMs = '0', skip = '0'] = cursor.split('.');
  return { startMs: Number(startMs), skip: Number(skip) };
}
