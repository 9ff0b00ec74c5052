import { familyOf, isActive, type OperationRecord } from './operation-record.ts';
import type { OperationFilter } from './page-address.ts';

type Matches = (record: OperationRecord) => boolean;

/** Texts that ended operations are searched in: they do not change any more. */
const haystacks = new WeakMap<OperationRecord, string>();

/** @param serverOf - the MCP server whose session it is */
export function createMatcher(
  filter: OperationFilter,
  serverOf: (sessionId: string) => string | null,
): Matches {
  const { name, status, server, session } = filter;
  const needle = filter.text?.toLowerCase() ?? null;
  return (record) =>
    (name === null || record.name === name || record.label === name) &&
    (status === null || record.status === status) &&
    (session === null || record.sessionId === session) &&
    (server === null || serverOf(record.sessionId) === server) &&
    (needle === null || haystackOf(record).includes(needle));
}

export function isEmpty(filter: OperationFilter): boolean {
  return Object.values(filter).every((value) => value === null);
}

function haystackOf(record: OperationRecord): string {
  const known = haystacks.get(record);
  if (known !== undefined) return known;
  const { name, error, message, sessionId, id } = record;
  const haystack = `${name}\n${error ?? ''}\n${message ?? ''}\n${sessionId}\n${id}`.toLowerCase();
  if (!isActive(record)) haystacks.set(record, haystack);
  return haystack;
}

/** One line of the feed. */
export interface FeedRow {
  readonly record: OperationRecord;
  /** 0 for what no other operation started. */
  readonly level: number;
  readonly isExpanded: boolean;
}

export interface FeedRowsOptions {
  readonly matches: Matches;
  /** Whether a person has opened or closed it; undefined where nobody has. */
  readonly isExpanded: (record: OperationRecord) => boolean | undefined;
}

/**
 * The lines of the feed, the latest ended first: what no other operation started, and below it, where it is open, what
 * it started. One that does not match is there for the sake of a stage that does, and is open.
 *
 * @param roots - the latest ended last
 */
export function feedRows(roots: readonly OperationRecord[], options: FeedRowsOptions): FeedRow[] {
  const rows: FeedRow[] = [];
  for (let index = roots.length - 1; index >= 0; index--) {
    const root = roots[index];
    if (root) addRows(rows, root, 0, options);
  }
  return rows;
}

function addRows(rows: FeedRow[], record: OperationRecord, level: number, options: FeedRowsOptions): void {
  const isMatch = options.matches(record);
  if (!isMatch && !isAnyMatch(record, options.matches)) return;
  const isExpanded = record.children.length > 0 && (options.isExpanded(record) ?? !isMatch);
  rows.push({ record, level, isExpanded });
  if (!isExpanded) return;
  const children = record.children.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
  // Below one that matches stands all of it; below one that does not, what does.
  for (const child of children) {
    if (isMatch) addAll(rows, child, level + 1, options);
    else addRows(rows, child, level + 1, options);
  }
}

function addAll(rows: FeedRow[], record: OperationRecord, level: number, options: FeedRowsOptions): void {
  addRows(rows, record, level, { ...options, matches: () => true });
}

function isAnyMatch(record: OperationRecord, matches: Matches): boolean {
  for (const each of familyOf(record)) if (matches(each)) return true;
  return false;
}
