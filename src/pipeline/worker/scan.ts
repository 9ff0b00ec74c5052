import { unreadableReport, type Lint, type LintReport } from '../contract/issue.ts';
import type { Report } from './progress.ts';
import type { Reports, ScanTotals } from '../contract/scan-totals.ts';
import type { SourceFiles, Workspace } from './files/workspace.ts';
import type { WorkCall } from './work-call.ts';

export interface Scan {
  readonly paths: readonly string[];
  readonly reports: Reports;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Lints `paths` one by one. A cancellation takes effect between two files. */
export async function lintFiles(
  call: WorkCall,
  work: {
    lint: Lint;
    files: SourceFiles;
    paths: readonly string[];
    workspace: Pick<Workspace, 'unreadable'>;
  },
  report: Report,
): Promise<Scan> {
  const { lint, files, paths, workspace } = work;
  const reports = new Map<string, LintReport>();
  let seen = 0;
  for (const path of paths) {
    await call.checkpoint();
    const text = await files.read(path);
    const found = text === null ? null : await lint(path, text);
    if (found) reports.set(path, found);
    seen += 1;
    await report(seen / paths.length, `linted ${seen} of ${paths.length}: ${path}`);
  }
  for (const [path, reason] of workspace.unreadable) reports.set(path, unreadableReport(reason));
  const skipped = paths
    .filter((path) => !reports.has(path))
    .map((path) => ({ path, reason: call.skipReasons.get(path) ?? 'not covered by the lint configuration' }));
  return { paths, reports, skipped };
}

/** Counts the results of a scan in the metrics. */
export async function publishScan(
  call: WorkCall,
  { filesScanned, errors, warnings }: ScanTotals,
): Promise<void> {
  await call.publish({ type: 'files_scanned', files: filesScanned });
  await call.publish({ type: 'issues_found', errors, warnings });
}
