import type { OperationDetails } from '../../monitor/operation.ts';
import { fixFiles, type FailedFixes, type FixResult, type FixWork } from './fix-files.ts';
import type { Lint } from '../contract/issue.ts';
import { part, type Report } from './progress.ts';
import type { STOP_REASONS } from '../contract/results.ts';
import { summarizeScan, totalsOf, type ScanTotals } from '../contract/scan-totals.ts';
import { lintFiles, publishScan, type Scan } from './scan.ts';
import type { WorkingCopy } from './files/working-copy.ts';
import type { Workspace } from './files/workspace.ts';
import type { WorkCall } from './work-call.ts';
import { findSourceFiles } from './git/source-files.ts';

type StopReason = (typeof STOP_REASONS)[number];

interface Run {
  readonly workspace: Workspace;
  readonly files: WorkingCopy;
  readonly lint: Lint;
  readonly maxCycles: number;
  readonly maxFixesPerCycle: number;
  readonly targetQualityScore: number | null;
  readonly breakOnNoIssues: boolean;
}

/** The issues before and after a cycle, and its fixes. */
export interface Cycle {
  readonly before: ScanTotals;
  readonly after: ScanTotals;
  readonly fixed: number;
  readonly failed: number;
}

interface RunResult {
  readonly cycles: readonly Cycle[];
  readonly failures: readonly FailedFixes[];
  readonly stopReason: StopReason;
  /** The files after the last cycle. */
  readonly scan: Scan;
}

interface CycleResult extends Cycle {
  readonly failures: readonly FailedFixes[];
  /** The files after the cycle. */
  readonly scan: Scan;
  /** Null if another cycle is worth a try. */
  readonly stopReason: StopReason | null;
}

/** The cycles' share of the whole progress; the rest is for the versions. */
export const CYCLES_SHARE = 0.98;

/** Scans, fixes and validates in cycles until there is a reason to stop. Each cycle and each stage is an operation. */
export async function runCycles(call: WorkCall, run: Run): Promise<RunResult> {
  const { maxCycles } = run;
  // A fix that breaks a file would break it in every cycle.
  const rejected: FixWork['rejected'] = new Map();
  const cycles: CycleResult[] = [];
  let scan: Scan = { paths: [], reports: new Map(), skipped: [] };
  let stopReason: StopReason | null = null;
  while (stopReason === null && cycles.length < maxCycles) {
    const index = cycles.length;
    const [from, to] = [index / maxCycles, (index + 1) / maxCycles];
    const share = part(call.report, from * CYCLES_SHARE, to * CYCLES_SHARE);
    const report: Report = (fraction, message) =>
      share(fraction, `cycle ${index + 1} of ${maxCycles}: ${message}`);
    const cycle = await call.stage(
      'pipeline_cycle',
      report,
      async (own) => runCycle(call, run, rejected, own),
      { details: { cycle: index + 1 }, summarize: (cycle) => summarizeCycle(cycle, run.files.isDryRun) },
    );
    await call.record({ type: 'cycle' });
    cycles.push(cycle);
    ({ stopReason, scan } = cycle);
  }
  stopReason ??= 'max_cycles';
  return { cycles, failures: cycles.flatMap(({ failures }) => failures), stopReason, scan };
}

async function runCycle(
  call: WorkCall,
  run: Run,
  rejected: FixWork['rejected'],
  report: Report,
): Promise<CycleResult> {
  const { files, lint, maxFixesPerCycle } = run;
  const summarize = ({ reports }: Scan) => summarizeScan(totalsOf(reports));
  const found = await call.stage('pipeline_scan', part(report, 0, 0.6), async (own) => scan(call, run, own), {
    summarize,
  });
  const before = totalsOf(found.reports);
  await publishScan(call, before);
  if (!files.hasProposals) await call.record({ type: 'scan', totals: before });
  const reached = goalReached(run, before);
  // Without a goal that ends the run, a clean workspace is scanned again, because its files may change.
  if (reached || before.issuesFound === 0) {
    return { before, after: before, fixed: 0, failed: 0, failures: [], scan: found, stopReason: reached };
  }

  const paths = [...found.reports]
    .filter(([, { issues }]) => issues.some(({ fix }) => fix))
    .map(([path]) => path);
  const fixes = await call.stage('pipeline_fix', part(report, 0.6, 0.8), async (own) =>
    fixFiles(call, { lint, files, paths, maxFixes: maxFixesPerCycle, isCountingLeft: false, rejected }, own),
  );
  const left = await call.stage(
    'pipeline_validate',
    part(report, 0.8, 1),
    async (own) => validate(call, run, { found, fixes }, own),
    { summarize },
  );
  const after = totalsOf(left.reports);
  if (!files.isDryRun) await call.record({ type: 'validation', totals: after });

  const failed = fixes.failures.reduce((sum, failure) => sum + failure.fixes, 0);
  const stopReason = goalReached(run, after) ?? (fixes.fixed + failed === 0 ? 'nothing_fixable' : null);
  return { before, after, fixed: fixes.fixed, failed, failures: fixes.failures, scan: left, stopReason };
}

/** The files are listed anew: a run may take long, and others work in the workspace. */
async function scan(call: WorkCall, { workspace, files, lint }: Run, report: Report): Promise<Scan> {
  const paths = await findSourceFiles(workspace, call.signal);
  return lintFiles(call, { lint, files, paths, workspace }, report);
}

/** Lints the changed files again. */
async function validate(
  call: WorkCall,
  { workspace, files, lint }: Run,
  { found, fixes }: { found: Scan; fixes: FixResult },
  report: Report,
): Promise<Scan> {
  const paths = fixes.changedPaths;
  const changed = await lintFiles(call, { lint, files, paths, workspace }, report);
  await report(1, 'nothing was changed');
  return { ...found, reports: new Map([...found.reports, ...changed.reports]) };
}

function summarizeCycle({ before, after, fixed, failed }: Cycle, isDryRun: boolean): OperationDetails {
  const left = `${before.issuesFound} issues before, ${after.issuesFound} after`;
  const message = `${isDryRun ? 'would fix' : 'fixed'} ${fixed}: ${left}`;
  const fixes = isDryRun ? { would_fix: fixed, would_fail: failed } : { fixed, failed };
  return { issues_found: before.issuesFound, ...fixes, message };
}

function goalReached(run: Run, { qualityScore, issuesFound }: ScanTotals): StopReason | null {
  if (qualityScore === null) return run.breakOnNoIssues ? 'nothing_scanned' : null;
  if (run.targetQualityScore !== null && qualityScore >= run.targetQualityScore) return 'target_reached';
  return run.breakOnNoIssues && issuesFound === 0 ? 'no_issues' : null;
}
