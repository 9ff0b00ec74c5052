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
  /** Percentage of the scanned files without issues; 100 if no file was scanned. */
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
    // Rounded down to two decimals, so that only a workspace without issues reaches 100.
    qualityScore: filesScanned === 0 ? 100 : Math.floor((clean * 10_000) / filesScanned) / 100,
  };
}

/** The totals as text. */
export function describeTotals({ filesScanned, errors, warnings }: ScanTotals): string {
  return `${filesScanned} files: ${errors} errors, ${warnings} warnings`;
}

/** The details of an operation that linted files. */
export function summarizeScan(totals: ScanTotals): OperationDetails {
  const { filesScanned, issuesFound } = totals;
  return { files_scanned: filesScanned, issues_found: issuesFound, message: describeTotals(totals) };
}
