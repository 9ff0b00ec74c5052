import type { OperationDetails } from '../../monitor/operation.ts';
import type { LintReport } from './issue.ts';

/** What the linter said, by path. */
export type Reports = ReadonlyMap<string, LintReport>;

export interface ScanTotals {
  readonly filesScanned: number;
  readonly filesWithIssues: number;
  readonly issuesFound: number;
  readonly errors: number;
  readonly warnings: number;
  readonly fixable: number;
  /** Percent of the scanned files that have no issue; 100 if none was scanned. */
  readonly qualityScore: number;
}

export function totalsOf(reports: Reports): ScanTotals {
  let errors = 0;
  let warnings = 0;
  let fixable = 0;
  let filesWithIssues = 0;
  for (const { issues } of reports.values()) {
    if (issues.length > 0) filesWithIssues += 1;
    for (const issue of issues) {
      if (issue.severity === 'error') errors += 1;
      else warnings += 1;
      if (issue.fix) fixable += 1;
    }
  }
  const filesScanned = reports.size;
  const clean = filesScanned - filesWithIssues;
  return {
    filesScanned,
    filesWithIssues,
    issuesFound: errors + warnings,
    errors,
    warnings,
    fixable,
    // Two decimals, rounded down: only a workspace without issues has 100.
    qualityScore: filesScanned === 0 ? 100 : Math.floor((clean * 10_000) / filesScanned) / 100,
  };
}

/** Totals as text. */
export function describeTotals({ filesScanned, errors, warnings }: ScanTotals): string {
  return `${filesScanned} files: ${errors} errors, ${warnings} warnings`;
}

/** What an operation that linted files says of its result. */
export function summarizeScan(totals: ScanTotals): OperationDetails {
  const { filesScanned, issuesFound } = totals;
  return { files_scanned: filesScanned, issues_found: issuesFound, message: describeTotals(totals) };
}
