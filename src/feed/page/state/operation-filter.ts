import { familyOf } from './operation-family.ts';
import { isActive, type OperationRecord } from './operation-record.ts';
import type { OperationFilter } from './page-address.ts';
import type { SessionStore } from './session-store.ts';

type Matches = (record: OperationRecord) => boolean;

/** Cached search texts of ended operations, which no longer change. */
const haystacks = new WeakMap<OperationRecord, string>();

export function createMatcher(filter: OperationFilter, sessions: SessionStore): Matches {
  const { name, status, server, session } = filter;
  const needle = filter.text?.toLowerCase() ?? null;
  return (record) =>
    (name === null || record.name === name || record.label === name) &&
    (status === null || record.status === status) &&
    (session === null || record.sessionId === session) &&
    (server === null || sessions.serverNameOf(record.sessionId) === server) &&
    (needle === null ||
      haystackOf(record).includes(needle) ||
      sessions.namesOf(record.sessionId).toLowerCase().includes(needle));
}

export function isEmpty(filter: OperationFilter): boolean {
  return Object.values(filter).every((value) => value === null);
}

function haystackOf(record: OperationRecord): string {
  const known = haystacks.get(record);
  if (known !== undefined) return known;
  const { name, error, message, id } = record;
  const haystack = `${name}\n${error ?? ''}\n${message ?? ''}\n${id}`.toLowerCase();
  if (!isActive(record)) haystacks.set(record, haystack);
  return haystack;
}

/** One line of the feed. */
export interface FeedRow {
  readonly record: OperationRecord;
  /** 0 for operations without a parent. */
  readonly level: number;
  readonly isExpanded: boolean;
}

export interface FeedRowsOptions {
  readonly matches: Matches;
  /** Whether the user has expanded or collapsed it; undefined if neither. */
  readonly isExpanded: (record: OperationRecord) => boolean | undefined;
}

/**
 * The lines of the feed, latest end first. The stages of an expanded operation follow it. An operation that does not match
 * is shown expanded if one of its stages matches.
 *
 * @param roots - latest end last
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
  // Shows all stages of a matching operation, and only the matching stages of others.
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
