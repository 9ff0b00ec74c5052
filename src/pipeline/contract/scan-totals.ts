import { plural } from '../../plural.ts';
import type { OperationDetails } from '../../monitor/operation.ts';
import type { LintReport } from './issue.ts';

/** The linter's results, by path. */
export type Reports = ReadonlyMap<string, LintReport>;

export interface ScanTotals {
  readonly filesScanned: number;
  readonly filesWithIssues: number;
  readonly issuesFound: number;
  readonly errors: number;
  readonly warnings: number;
  readonly fixable: number;
  /** The mean score of the scanned files: 100 without issues, 50 with one, 33.3 with two. Null if none was scanned. */
  readonly qualityScore: number | null;
}

export function totalsOf(reports: Reports): ScanTotals {
  let errors = 0;
  let warnings = 0;
  let fixable = 0;
  let filesWithIssues = 0;
  let scores = 0;
  for (const { issues } of reports.values()) {
    scores += 100 / (1 + issues.length);
    if (issues.length > 0) filesWithIssues += 1;
    for (const issue of issues) {
      if (issue.severity === 'error') errors += 1;
      else warnings += 1;
      if (issue.fix) fixable += 1;
    }
  }
  const filesScanned = reports.size;
  return {
    filesScanned,
    filesWithIssues,
    issuesFound: errors + warnings,
    errors,
    warnings,
    fixable,
    // Two decimals, rounded down: only a workspace without issues has 100.
    qualityScore: filesScanned === 0 ? null : Math.floor((scores * 100) / filesScanned) / 100,
  };
}

/** The totals as text. */
export function describeTotals({ filesScanned, errors, warnings }: ScanTotals): string {
  if (filesScanned === 0) return 'no file was scanned';
  return `${plural(filesScanned, 'file')}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
}

/** The details of an operation that linted files. */
export function summarizeScan(totals: ScanTotals): OperationDetails {
  const { filesScanned, issuesFound } = totals;
  return { files_scanned: filesScanned, issues_found: issuesFound, message: describeTotals(totals) };
}
