import type { WorkRequest } from '../contract/protocol.ts';
import type { RunResult } from '../contract/results.ts';
import { CYCLES_SHARE, runCycles, type Cycle } from './cycles.ts';
import { WorkingCopy } from './files/working-copy.ts';
import { countFixes } from './fixes.ts';
import { listIssues } from './list-issues.ts';
import { part } from './progress.ts';
import { coverageNotices, listSkipped } from './skipped-files.ts';
import { checkVersionsOf, listVersionChecks, versionNotices } from './version-stage.ts';
import type { WorkContext } from './work-context.ts';

const CHECKED_SHARE = 0.99;

/** Scans, fixes and validates in cycles, and checks the versions. */
export async function runPipeline(
  { call, workspace, linter }: WorkContext,
  request: Extract<WorkRequest, { kind: 'run' }>,
): Promise<RunResult> {
  const files = new WorkingCopy(workspace, { isDryRun: request.isDryRun });
  const { cycles, failures, stopReason, scan } = await runCycles(call, {
    workspace,
    files,
    lint: linter.lint,
    maxCycles: request.maxCycles,
    maxFixesPerCycle: request.maxFixesPerCycle,
    targetQualityScore: request.targetQualityScore,
    breakOnNoIssues: request.breakOnNoIssues,
  });
  const sum = (key: 'fixed' | 'failed') => cycles.reduce((total, cycle) => total + cycle[key], 0);
  const last = cycles.at(-1)?.after;
  const qualityScore = last?.qualityScore ?? null;
  const checks = await checkVersionsOf(workspace, call, part(call.report, CYCLES_SHARE, CHECKED_SHARE));
  const fixed = sum('fixed');
  const verb = files.isDryRun ? 'would fix' : 'fixed';
  await call.report(1, `${verb} ${fixed} issues in ${cycles.length} cycles; stopped: ${stopReason}`);
  await call.log(
    'info',
    `stopped after ${cycles.length} cycles: ${stopReason}, quality ${qualityScore ?? 'unknown'}`,
  );
  const diff = files.diff();
  if (diff.diff_truncated) await call.limitReached('diff_size');
  return {
    dry_run: files.isDryRun,
    stop_reason: stopReason,
    cycles: listCycles(cycles, files.isDryRun),
    ...countFixes(fixed, sum('failed'), files.isDryRun),
    issues_remaining: last?.issuesFound ?? 0,
    quality_score: qualityScore,
    ...listVersionChecks(checks),
    ...(await listIssues(call, scan.reports)),
    ...listSkipped(scan),
    failures: [...failures],
    ...diff,
    linter: linter.kind,
    notices: [...linter.notices, ...coverageNotices(scan), ...versionNotices(checks)],
  };
}

function listCycles(cycles: readonly Cycle[], isDryRun: boolean): RunResult['cycles'] {
  return cycles.map(({ before, after, fixed, failed }, index) => ({
    cycle: index + 1,
    files_scanned: before.filesScanned,
    issues_found: before.issuesFound,
    errors: before.errors,
    warnings: before.warnings,
    fixable: before.fixable,
    quality_score: before.qualityScore,
    ...countFixes(fixed, failed, isDryRun),
    issues_remaining: after.issuesFound,
    quality_score_after: after.qualityScore,
  }));
}
