import { LIMITS } from '../../monitor/limits.ts';
import type { ScanResult } from '../contract/results.ts';
import { plural } from '../../plural.ts';
import { readingAdvice } from '../unreadable.ts';
import type { Scan } from './scan.ts';

const MAX_LISTED = 5;

export const NO_SOURCE_FILES =
  'there are no JavaScript or TypeScript files to lint: the workspace has none, or git ignores them';

/** The skipped files as a result lists them. */
export function listSkipped({ skipped }: Scan): Pick<ScanResult, 'files_skipped' | 'skipped'> {
  return { files_skipped: skipped.length, skipped: skipped.slice(0, LIMITS.listed_issues.max) };
}

/** What the caller should know if the files say nothing about the quality of the workspace. */
export function coverageNotices({ paths, reports, skipped }: Scan): string[] {
  const notices: string[] = [];
  const unreadable = [...reports].flatMap(([path, { isUnreadable }]) => (isUnreadable ? [path] : []));
  if (paths.length + unreadable.length === 0) notices.push(NO_SOURCE_FILES);
  else if (reports.size === 0) notices.push(`none of the ${skipped.length} files could be linted`);
  return [...notices, ...unreadableNotices(unreadable)];
}

/** What to do about files and folders that cannot be read. */
export function unreadableNotices(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const listed = paths.slice(0, MAX_LISTED).join(', ') + (paths.length > MAX_LISTED ? ', …' : '');
  const count = plural(paths.length, 'file or folder', 'files or folders');
  return [`${count} cannot be read (${listed}): ${readingAdvice()}`];
}
