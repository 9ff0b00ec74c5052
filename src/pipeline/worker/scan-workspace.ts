import { LIMITS } from '../../monitor/limits.ts';
import type { OperationDetails } from '../../monitor/operation.ts';
import type { WorkRequest } from '../contract/protocol.ts';
import { part, type Report } from './progress.ts';
import type { ScanResult } from '../contract/results.ts';
import { describeTotals, summarizeScan, totalsOf, type Reports } from '../contract/scan-totals.ts';
import { changedFiles } from './git/changed-files.ts';
import { lintFiles, publishScan } from './scan.ts';
import { checkVersions, type VersionCheck } from './version-checks.ts';
import type { WorkContext } from './work-context.ts';
import type { WorkCall } from './work-call.ts';
import type { Workspace } from './files/workspace.ts';
import { findSourceFiles } from './git/source-files.ts';

type ScanRequest = Extract<WorkRequest, { kind: 'scan' }>;

const MAX_MESSAGE_CHARS = 500;
const LINT_SHARE = 0.95;
const CHECKED_SHARE = 0.98;

/** Lints the files, and checks whether all files of the workspace agree on its version. */
export async function scanWorkspace(
  { call, workspace, linter }: WorkContext,
  request: ScanRequest,
): Promise<ScanResult> {
  const paths = await pathsToScan(workspace, request, call.signal);
  const { reports, skipped } = await call.stage(
    'lint',
    part(call.report, 0, LINT_SHARE),
    async (report) => lintFiles(call, { lint: linter.lint, files: workspace, paths }, report),
    { summarize: (scan) => summarizeScan(totalsOf(scan.reports)) },
  );
  const totals = totalsOf(reports);
  await publishScan(call, totals);
  await call.record({ type: 'scan', totals });
  const checks = await checkVersionsOf(workspace, call, part(call.report, LINT_SHARE, CHECKED_SHARE));
  const found = describeTotals(totals);
  await call.report(1, found);
  await call.log('info', `scanned ${found}`);
  const issues = listIssues(reports, LIMITS.listed_issues.max);
  const truncated = totals.issuesFound > issues.length;
  if (truncated) await call.limitReached('listed_issues', totals.issuesFound - issues.length);
  return {
    comprehensive: request.isComprehensive,
    files_scanned: totals.filesScanned,
    files_with_issues: totals.filesWithIssues,
    files_skipped: skipped,
    issues_found: totals.issuesFound,
    errors: totals.errors,
    warnings: totals.warnings,
    fixable: totals.fixable,
    quality_score: totals.qualityScore,
    versions_ok: checks.every(({ status }) => status !== 'failed'),
    version_checks: checks,
    issues,
    truncated,
    linter: linter.kind,
    notices: [...linter.notices],
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

async function checkVersionsOf(workspace: Workspace, call: WorkCall, report: Report) {
  return call.stage(
    'check_versions',
    report,
    async (reportStage) => {
      const checks = await checkVersions(workspace, call.signal);
      await reportStage(1, 'checked versions');
      return checks;
    },
    { summarize: summarizeChecks },
  );
}

function summarizeChecks(checks: readonly VersionCheck[]): OperationDetails {
  const failed = checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return { message: failed.length === 0 ? 'versions agree' : `failed: ${failed.join(', ')}` };
}

function listIssues(reports: Reports, max: number): ScanResult['issues'] {
  const listed: ScanResult['issues'] = [];
  for (const [path, { issues }] of reports) {
    for (const { line, column, rule, severity, message, fix } of issues) {
      if (listed.length === max) return listed;
      const text = message.slice(0, MAX_MESSAGE_CHARS);
      listed.push({ path, line, column, rule, severity, message: text, fixable: fix !== null });
    }
  }
  return listed;
}
