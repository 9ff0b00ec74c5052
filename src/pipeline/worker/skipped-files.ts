import { LIMITS } from '../../monitor/limits.ts';
import type { ScanResult } from '../contract/results.ts';
import type { Scan } from './scan.ts';

export const NO_SOURCE_FILES =
  'there are no JavaScript or TypeScript files to lint: the workspace has none, or git ignores them';

/** The skipped files as a result lists them. */
export function listSkipped({ skipped }: Scan): Pick<ScanResult, 'files_skipped' | 'skipped'> {
  return { files_skipped: skipped.length, skipped: skipped.slice(0, LIMITS.listed_issues.max) };
}

/** What the caller should know if the files say nothing about the quality of the workspace. */
export function coverageNotices({ paths, reports, skipped, unreadFolders }: Scan): string[] {
  const notices: string[] = [];
  if (paths.length === 0) notices.push(NO_SOURCE_FILES);
  else if (reports.size === 0) notices.push(`none of the ${skipped.length} files could be linted`);
  if (unreadFolders.length > 0) {
    const listed = unreadFolders.slice(0, 5).join(', ');
    notices.push(`folders that cannot be read are left out (${unreadFolders.length}): ${listed}`);
  }
  return notices;
}
