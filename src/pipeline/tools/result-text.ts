import { plural } from '../../plural.ts';
import { LIMITS } from '../../monitor/limits.ts';
import type { FixResult, RunResult, ScanResult } from '../contract/results.ts';
import type { SessionStatus } from '../session/session-status.ts';

// The results of the tools for people and language models. A diff is shown as it is.

const MAX_LISTED = 20;

export function scanText(scan: ScanResult): string {
  const { files_scanned, issues_found, errors, warnings, fixable } = scan;
  const counts = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}, ${fixable} fixable`;
  return lines(
    `${plural(files_scanned, 'file')} scanned, ${plural(issues_found, 'issue')}: ${counts}`,
    `quality score: ${scoreText(scan.quality_score)}`,
    ...noticeLines(scan),
    ...versionLines(scan),
    ...skippedLines(scan),
    ...issueLines(scan),
  );
}

export function fixText(fix: FixResult): string {
  const { dry_run, files_changed } = fix;
  const count = dry_run ? fix.fixes_proposed : fix.fixes_applied;
  const inFiles = `${plural(count, 'issue')} in ${plural(files_changed.length, 'file')}`;
  return lines(
    dry_run ? `dry run, nothing was written: would fix ${inFiles}` : `fixed ${inFiles}`,
    ...(fix.fixes_left > 0
      ? [`${fix.fixes_left} more can be fixed: repeat the call, or raise max_fixes`]
      : []),
    ...noticeLines(fix),
    ...failureLines(fix),
    ...diffLines(fix),
  );
}

export function runText(run: RunResult): string {
  const { dry_run, cycles, issues_remaining } = run;
  const count = dry_run ? run.fixes_proposed : run.fixes_applied;
  const [first] = cycles;
  return lines(
    `${dry_run ? 'dry run, nothing was written: would make' : 'made'} ${plural(count, 'fix', 'fixes')} in ` +
      `${plural(cycles.length, 'cycle')} (stopped: ${run.stop_reason})`,
    `issues: ${first?.issues_found ?? 0} before, ${issues_remaining} after`,
    `quality score: ${scoreChange(first?.quality_score ?? null, run.quality_score)}`,
    ...noticeLines(run),
    ...versionLines(run),
    ...failureLines(run),
    ...skippedLines(run),
    ...(run.issues.length > 0 ? [dry_run ? 'issues that would remain:' : 'remaining issues:'] : []),
    ...issueLines(run),
    ...diffLines(run),
  );
}

export function statusText(status: SessionStatus): string {
  const { session_id, scans, cycles, fixes_applied, fixes_failed, last_scan, monitoring } = status;
  const operations = [...monitoring.recently_completed, ...monitoring.active_operations];
  return lines(
    `session ${session_id}: ${plural(scans, 'scan')}, ${plural(cycles, 'cycle')}, ${plural(fixes_applied, 'fix', 'fixes')} applied, ${fixes_failed} failed`,
    last_scan === null
      ? 'nothing was scanned yet'
      : `last scan: ${plural(last_scan.files_scanned, 'file')}, ${plural(last_scan.issues_found, 'issue')}, quality score ${scoreText(last_scan.quality_score)}`,
    ...operations.map(({ operation_name, status: state, duration, progress, error }) => {
      const time = duration === null ? `${Math.round(progress)} %` : `${duration.toFixed(3)} s`;
      return `${operation_name}: ${state}, ${time}${error === null ? '' : ` (${error})`}`;
    }),
  );
}

function noticeLines({ notices }: { notices: readonly string[] }): string[] {
  return notices.map((notice) => `note: ${notice}`);
}

function versionLines({ version_checks }: Pick<ScanResult, 'version_checks'>): string[] {
  return version_checks.map(({ name, status, message }) => `${name}: ${status} (${message})`);
}

function skippedLines({ files_skipped, skipped }: Pick<ScanResult, 'files_skipped' | 'skipped'>): string[] {
  const listed = skipped.slice(0, MAX_LISTED);
  return [
    ...listed.map(({ path, reason }) => `${path}: skipped, ${reason}`),
    ...(files_skipped > listed.length ? [`${files_skipped - listed.length} more files were skipped`] : []),
  ];
}

function issueLines({ issues, truncated }: Pick<ScanResult, 'issues' | 'truncated'>): string[] {
  return [
    ...issues.map(
      ({ path, line, column, severity, message, rule, fixable }) =>
        `${path}:${line}:${column} ${severity} ${message}${rule === null ? '' : ` (${rule})`}${fixable ? ' [fixable]' : ''}`,
    ),
    ...(truncated ? [`only the first ${LIMITS.listed_issues.max} issues are listed`] : []),
  ];
}

function failureLines({ failures }: Pick<FixResult, 'failures'>): string[] {
  return failures.map(({ path, fixes, reason }) =>
    fixes === 0 ? `${path}: ${reason}` : `${path}: ${plural(fixes, 'fix', 'fixes')} failed, ${reason}`,
  );
}

function diffLines({ diff, diff_truncated }: Pick<FixResult, 'diff' | 'diff_truncated'>): string[] {
  if (diff === '') return [];
  return [
    '',
    diff.trimEnd(),
    ...(diff_truncated ? ['', 'the diff is cut off here, because it is too long'] : []),
  ];
}

function scoreChange(before: number | null, after: number | null): string {
  return before === null && after === null
    ? scoreText(null)
    : `${scoreText(before)} before, ${scoreText(after)} after`;
}

function scoreText(score: number | null): string {
  return score === null ? 'none, because no file was scanned' : String(score);
}

function lines(...all: string[]): string {
  return all.join('\n');
}
