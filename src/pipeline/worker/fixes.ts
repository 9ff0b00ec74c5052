import { withoutByteOrderMark } from '../../byte-order-mark.ts';
import type { Fix, Issue } from '../contract/issue.ts';

export interface FixAttempt {
  /** The text with the applied fixes. */
  readonly text: string;
  readonly fixed: number;
  readonly failed: number;
}

export interface FixLimits {
  /** Maximum number of applied fixes, and of failed fixes. */
  readonly limit: number;
  /** Failed fixes by {@link fixKey}. They are not tried again, and new failures are added. */
  readonly rejected: Set<string>;
  readonly isParsable: (text: string) => Promise<boolean>;
}

/**
 * Applies at most `limit` fixes of `issues` to `text`, in the order of the text. If the result cannot be parsed, each fix
 * is tried alone, and those that break the text are omitted.
 */
export async function applyFixes(
  text: string,
  issues: readonly Issue[],
  limits: FixLimits,
): Promise<FixAttempt> {
  const { limit, rejected, isParsable } = limits;
  const candidates = issues
    .flatMap(({ rule, fix }) => (fix ? [{ fix, key: fixKey(text, rule, fix) }] : []))
    .filter(({ key }) => !rejected.has(key))
    .toSorted((a, b) => a.fix.start - b.fix.start || a.fix.end - b.fix.end);

  const batch = withoutOverlaps(candidates.map(({ fix }) => fix)).slice(0, limit);
  if (batch.length === 0) return { text, fixed: 0, failed: 0 };
  const batched = replaceRanges(text, batch);
  if (await isParsable(batched)) return { text: batched, fixed: batch.length, failed: 0 };

  let kept: Fix[] = [];
  let failed = 0;
  for (const { fix, key } of candidates) {
    if (kept.length === limit || failed === limit) break;
    const tried = withoutOverlaps([...kept, fix]);
    if (tried.length === kept.length) continue;
    if (await isParsable(replaceRanges(text, tried))) {
      kept = tried;
    } else {
      rejected.add(key);
      failed += 1;
    }
  }
  return { text: replaceRanges(text, kept), fixed: kept.length, failed };
}

/** Identifies a fix without its position, because other fixes move it. */
function fixKey(text: string, rule: string | null, fix: Fix): string {
  return JSON.stringify([rule, withoutByteOrderMark(text).slice(fix.start, fix.end), fix.text]);
}

/** The sorted fixes without those that overlap or touch the previous one, as in ESLint. */
function withoutOverlaps(fixes: readonly Fix[]): Fix[] {
  const chosen: Fix[] = [];
  let lastEnd = -1;
  for (const fix of fixes) {
    if (fix.start <= lastEnd || fix.start > fix.end) continue;
    chosen.push(fix);
    lastEnd = fix.end;
  }
  return chosen;
}

function replaceRanges(text: string, fixes: readonly Fix[]): string {
  const source = withoutByteOrderMark(text);
  let output = text.slice(0, text.length - source.length);
  let position = 0;
  for (const fix of fixes) {
    output += source.slice(position, fix.start) + fix.text;
    position = fix.end;
  }
  return output + source.slice(position);
}

/** The counts of a call's fixes. A dry run only proposes them. */
export function countFixes(fixed: number, failed: number, isDryRun: boolean) {
  return {
    fixes_applied: isDryRun ? 0 : fixed,
    fixes_proposed: isDryRun ? fixed : 0,
    fixes_failed: failed,
  };
}
