import { plural } from '../../plural.ts';
import type { OperationDetails } from '../../monitor/operation.ts';
import type { LintReport } from './issue.ts';

/** The linter's results, and the files and folders that cannot be read, by path. */
export type Reports = ReadonlyMap<string, LintReport>;

export interface ScanTotals {
  readonly filesScanned: number;
  readonly filesWithIssues: number;
  readonly issuesFound: number;
  readonly errors: number;
  readonly warnings: number;
  readonly fixable: number;
  /**
   * The mean score of the files: 100 without issues, 50 with one, 33.3 with two, 0 if it cannot be read. Null if there
   * are none.
   */
  readonly qualityScore: number | null;
}

export function totalsOf(reports: Reports): ScanTotals {
  let errors = 0;
  let warnings = 0;
  let fixable = 0;
  let filesWithIssues = 0;
  let filesScanned = 0;
  let scores = 0;
  for (const { issues, isUnreadable = false } of reports.values()) {
    if (!isUnreadable) {
      filesScanned += 1;
      scores += 100 / (1 + issues.length);
    }
    if (issues.length > 0) filesWithIssues += 1;
    for (const issue of issues) {
      if (issue.severity === 'error') errors += 1;
      else warnings += 1;
      if (issue.fix) fixable += 1;
    }
  }
  return {
    filesScanned,
    filesWithIssues,
    issuesFound: errors + warnings,
    errors,
    warnings,
    fixable,
    // Two decimals, rounded down: only a workspace without issues has 100.
    qualityScore: reports.size === 0 ? null : Math.floor((scores * 100) / reports.size) / 100,
  };
}

/** The totals as text. */
export function describeTotals({ filesScanned, errors, warnings }: ScanTotals): string {
  if (filesScanned + errors === 0) return 'no file was scanned';
  return `${plural(filesScanned, 'file')}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
}

/** The details of an operation that linted files. */
export function summarizeScan(totals: ScanTotals): OperationDetails {
  const { filesScanned, issuesFound } = totals;
  return { files_scanned: filesScanned, issues_found: issuesFound, message: describeTotals(totals) };
}
