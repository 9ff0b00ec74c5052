import type { WorkRequest } from '../contract/protocol.ts';
import type { RunResult } from '../contract/results.ts';
import { runCycles } from './cycles.ts';
import { WorkingCopy } from './files/working-copy.ts';
import { countFixes } from './fixes.ts';
import type { WorkContext } from './work-context.ts';

/** Scans, fixes and validates in cycles. */
export async function runPipeline(
  { call, workspace, linter }: WorkContext,
  request: Extract<WorkRequest, { kind: 'run' }>,
): Promise<RunResult> {
  const files = new WorkingCopy(workspace, { isDryRun: request.isDryRun });
  const { cycles, failures, stopReason } = await runCycles(call, {
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
  const qualityScore = last?.qualityScore ?? 100;
  await call.log('info', `stopped after ${cycles.length} cycles: ${stopReason}, quality ${qualityScore}`);
  const diff = files.diff();
  if (diff.diff_truncated) await call.limitReached('diff_size');
  return {
    dry_run: files.isDryRun,
    stop_reason: stopReason,
    cycles: cycles.map(({ before, after, fixed, failed }, index) => ({
      cycle: index + 1,
      files_scanned: before.filesScanned,
      issues_found: before.issuesFound,
      errors: before.errors,
      warnings: before.warnings,
      fixable: before.fixable,
      quality_score: before.qualityScore,
      ...countFixes(fixed, failed, files.isDryRun),
      issues_remaining: after.issuesFound,
      quality_score_after: after.qualityScore,
    })),
    ...countFixes(sum('fixed'), sum('failed'), files.isDryRun),
    issues_remaining: last?.issuesFound ?? 0,
    quality_score: qualityScore,
    failures: [...failures],
    ...diff,
    linter: linter.kind,
    notices: [...linter.notices],
  };
}
