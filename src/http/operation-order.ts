import type { Operation } from '../monitor/operation.ts';

export type StartOrder = 'earliest_first' | 'latest_first';

export interface OrderedPage {
  readonly page: readonly Operation[];
  /** Number of operations on all pages. */
  readonly total: number;
}

/** The end of a page: the start time of its last operation, and how many that started then are on pages so far. */
interface Cursor {
  readonly startMs: number;
  readonly skip: number;
}

/** The text format of a cursor. */
export const CURSOR_PATTERN = /^\d{1,15}\.\d{1,9}$/;

/**
 * Returns one page of operations, ordered by their start. It reads each operation once, and sorts only as many as needed.
 *
 * @param cursor - the result of {@link cursorAfter} for the page before
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

/** The cursor for the page after `page`; null if `page` is empty. */
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
