import type { WorkRequest } from '../contract/protocol.ts';
import type { ScanResult } from '../contract/results.ts';
import { describeTotals, summarizeScan, totalsOf } from '../contract/scan-totals.ts';
import type { Workspace } from './files/workspace.ts';
import { changedFiles } from './git/changed-files.ts';
import { findSourceFiles } from './git/source-files.ts';
import { listIssues } from './list-issues.ts';
import { part } from './progress.ts';
import { lintFiles, publishScan } from './scan.ts';
import { coverageNotices, listSkipped } from './skipped-files.ts';
import { checkVersionsOf, listVersionChecks, versionNotices } from './version-stage.ts';
import type { WorkContext } from './work-context.ts';

type ScanRequest = Extract<WorkRequest, { kind: 'scan' }>;

const NOTHING_CHANGED = 'no JavaScript or TypeScript file has changed since the last commit';
const LINT_SHARE = 0.95;
const CHECKED_SHARE = 0.98;

/** Lints the files, and checks whether all files of the workspace agree on its version. */
export async function scanWorkspace(
  { call, workspace, linter }: WorkContext,
  request: ScanRequest,
): Promise<ScanResult> {
  const paths = await pathsToScan(workspace, request, call.signal);
  const scan = await call.stage(
    'lint',
    part(call.report, 0, LINT_SHARE),
    async (report) => lintFiles(call, { lint: linter.lint, files: workspace, paths, workspace }, report),
    { summarize: ({ reports }) => summarizeScan(totalsOf(reports)) },
  );
  const totals = totalsOf(scan.reports);
  await publishScan(call, totals);
  await call.record({ type: 'scan', totals });
  const checks = await checkVersionsOf(workspace, call, part(call.report, LINT_SHARE, CHECKED_SHARE));
  const found = describeTotals(totals);
  await call.report(1, found);
  await call.log('info', totals.filesScanned === 0 ? found : `scanned ${found}`);
  const isUnchanged = !request.isComprehensive && paths.length === 0 && scan.reports.size === 0;
  const notices = isUnchanged ? [NOTHING_CHANGED] : coverageNotices(scan);
  return {
    comprehensive: request.isComprehensive,
    files_scanned: totals.filesScanned,
    files_with_issues: totals.filesWithIssues,
    issues_found: totals.issuesFound,
    errors: totals.errors,
    warnings: totals.warnings,
    fixable: totals.fixable,
    quality_score: totals.qualityScore,
    ...listVersionChecks(checks),
    ...(await listIssues(call, scan.reports)),
    ...listSkipped(scan),
    linter: linter.kind,
    notices: [...linter.notices, ...notices, ...versionNotices(checks)],
  };
}

async function pathsToScan(
  workspace: Workspace,
  { targetFiles, isComprehensive }: ScanRequest,
  signal: AbortSignal,
): Promise<string[]> {
  const paths = await findSourceFiles(workspace, signal, targetFiles);
  return isComprehensive ? paths : changedFiles(workspace, paths, signal);
}
