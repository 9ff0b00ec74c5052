import type { OperationDetails } from '../../monitor/operation.ts';
import { fixFiles, type FailedFixes, type FixResult, type FixWork } from './fix-files.ts';
import type { Lint } from '../contract/issue.ts';
import { part, type Report } from './progress.ts';
import type { STOP_REASONS } from '../contract/results.ts';
import { summarizeScan, totalsOf, type Reports, type ScanTotals } from '../contract/scan-totals.ts';
import { lintFiles, publishScan } from './scan.ts';
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

/** A cycle's fixes, and the issues before and after it. */
interface Cycle {
  readonly before: ScanTotals;
  readonly after: ScanTotals;
  readonly fixed: number;
  readonly failed: number;
}

interface RunResult {
  readonly cycles: readonly Cycle[];
  readonly failures: readonly FailedFixes[];
  readonly stopReason: StopReason;
}

interface CycleResult extends Cycle {
  readonly failures: readonly FailedFixes[];
  /** Null if another cycle should run. */
  readonly stopReason: StopReason | null;
}

/** Progress after the last cycle. The last message reports the rest. */
const CYCLES_SHARE = 0.98;

/** Scans, fixes and validates in cycles until there is a reason to stop. Each cycle and each stage is an operation. */
export async function runCycles(call: WorkCall, run: Run): Promise<RunResult> {
  const { maxCycles } = run;
  // A fix that breaks a file would break it in every cycle.
  const rejected: FixWork['rejected'] = new Map();
  const cycles: CycleResult[] = [];
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
      { details: { cycle: index + 1 }, summarize: summarizeCycle },
    );
    await call.record({ type: 'cycle' });
    cycles.push(cycle);
    ({ stopReason } = cycle);
  }
  stopReason ??= 'max_cycles';
  const fixed = cycles.reduce((sum, cycle) => sum + cycle.fixed, 0);
  await call.report(1, `${cycles.length} cycles, ${fixed} fixes; stopped: ${stopReason}`);
  return { cycles, failures: cycles.flatMap(({ failures }) => failures), stopReason };
}

async function runCycle(
  call: WorkCall,
  run: Run,
  rejected: FixWork['rejected'],
  report: Report,
): Promise<CycleResult> {
  const { files, lint, maxFixesPerCycle } = run;
  const summarize = (reports: Reports) => summarizeScan(totalsOf(reports));
  const found = await call.stage('pipeline_scan', part(report, 0, 0.6), async (own) => scan(call, run, own), {
    summarize,
  });
  const before = totalsOf(found);
  await publishScan(call, before);
  if (!files.hasProposals) await call.record({ type: 'scan', totals: before });
  const reached = goalReached(run, before);
  // Without a goal that ends the run, a clean workspace is scanned again, because its files may change.
  if (reached || before.issuesFound === 0) {
    return { before, after: before, fixed: 0, failed: 0, failures: [], stopReason: reached };
  }

  const paths = [...found].filter(([, { issues }]) => issues.some(({ fix }) => fix)).map(([path]) => path);
  const fixes = await call.stage('pipeline_fix', part(report, 0.6, 0.8), async (own) =>
    fixFiles(call, { lint, files, paths, maxFixes: maxFixesPerCycle, rejected }, own),
  );
  const left = await call.stage(
    'pipeline_validate',
    part(report, 0.8, 1),
    async (own) => validate(call, run, { found, fixes }, own),
    { summarize },
  );
  const after = totalsOf(left);
  if (!files.isDryRun) await call.record({ type: 'validation', totals: after });

  const failed = fixes.failures.reduce((sum, failure) => sum + failure.fixes, 0);
  const stopReason = goalReached(run, after) ?? (fixes.fixed + failed === 0 ? 'nothing_fixable' : null);
  return { before, after, fixed: fixes.fixed, failed, failures: fixes.failures, stopReason };
}

/** Lists the files again, because they may change during a long run. */
async function scan(call: WorkCall, { workspace, files, lint }: Run, report: Report): Promise<Reports> {
  const paths = await findSourceFiles(workspace, call.signal);
  return (await lintFiles(call, { lint, files, paths }, report)).reports;
}

/** Lints the changed files again. */
async function validate(
  call: WorkCall,
  { files, lint }: Run,
  { found, fixes }: { found: Reports; fixes: FixResult },
  report: Report,
): Promise<Reports> {
  const changed = await lintFiles(call, { lint, files, paths: fixes.changedPaths }, report);
  await report(1, 'nothing was changed');
  return new Map([...found, ...changed.reports]);
}

function summarizeCycle({ before, after, fixed, failed }: Cycle): OperationDetails {
  const left = `${before.issuesFound} issues before, ${after.issuesFound} after`;
  return { issues_found: before.issuesFound, fixed, failed, message: `fixed ${fixed}: ${left}` };
}

function goalReached(run: Run, { qualityScore, issuesFound }: ScanTotals): StopReason | null {
  if (run.targetQualityScore !== null && qualityScore >= run.targetQualityScore) return 'target_reached';
  return run.breakOnNoIssues && issuesFound === 0 ? 'no_issues' : null;
}
