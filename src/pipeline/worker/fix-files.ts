import { ExporterError, errorMessage } from '../../errors.ts';
import { applyFixes } from './fixes.ts';
import type { Issue, Lint } from '../contract/issue.ts';
import type { Report } from './progress.ts';
import type { WorkingCopy } from './files/working-copy.ts';
import type { WorkCall } from './work-call.ts';

export interface FixWork {
  readonly lint: Lint;
  readonly files: WorkingCopy;
  /** The files to fix, in this order. */
  readonly paths: readonly string[];
  /** Maximum number of applied fixes, and of failed fixes. */
  readonly maxFixes: number;
  /** Whether the files beyond the limit are linted, to count what is left. */
  readonly isCountingLeft: boolean;
  /** See `FixLimits.rejected`; by path. */
  readonly rejected: Map<string, Set<string>>;
}

export interface FailedFixes {
  readonly path: string;
  readonly fixes: number;
  readonly reason: string;
}

export interface FixResult {
  readonly changedPaths: readonly string[];
  readonly fixed: number;
  readonly failures: readonly FailedFixes[];
  /** Issues that come with a fix and were not fixed, in the files that were looked at. */
  readonly left: number;
}

/** Fixes file by file until the limit is reached. Each file is replaced atomically. */
export async function fixFiles(call: WorkCall, work: FixWork, report: Report): Promise<FixResult> {
  const { paths, maxFixes } = work;
  const changedPaths: string[] = [];
  const failures: FailedFixes[] = [];
  let fixed = 0;
  let failed = 0;
  let left = 0;
  let seen = 0;
  const verb = work.files.isDryRun ? 'would fix' : 'fixed';
  for (const path of paths) {
    await call.checkpoint();
    const limit = maxFixes - Math.max(fixed, failed);
    if (limit <= 0) {
      if (!work.isCountingLeft) break;
      left += await countFixable(path, work);
      continue;
    }
    const outcome = await fixFile(path, limit, work);
    fixed += outcome.fixed;
    failed += outcome.failed;
    left += outcome.left;
    if (outcome.fixed > 0) changedPaths.push(path);
    if (outcome.reason) {
      failures.push({ path, fixes: outcome.failed, reason: outcome.reason });
      await call.log('warning', `${path}: ${outcome.failed} fixes failed: ${outcome.reason}`);
    }
    await recordFixes(call, work.files.isDryRun ? 0 : outcome.fixed, outcome.failed);
    seen += 1;
    await report(seen / paths.length, `${verb} ${fixed} of at most ${maxFixes}: ${path}`);
  }
  await report(1, `${verb} ${fixed}, failed ${failed}`);
  return { changedPaths, fixed, failures, left };
}

interface FileOutcome {
  readonly fixed: number;
  readonly failed: number;
  readonly left: number;
  readonly reason?: string;
}

const NOTHING: FileOutcome = { fixed: 0, failed: 0, left: 0 };
/** Fixes that overlap need another pass, as in ESLint. */
const MAX_PASSES = 10;

async function fixFile(path: string, limit: number, work: FixWork): Promise<FileOutcome> {
  const { lint, files, rejected } = work;
  const before = await files.read(path);
  const found = before === null ? null : await lint(path, before);
  if (before === null || !found?.isParsable) return NOTHING;

  const attempt = await fixText({ path, text: before, issues: found.issues }, limit, {
    lint,
    rejected: rejectedIn(path, rejected),
  });
  const brokenReason = attempt.failed > 0 ? { reason: 'the file could not be parsed with them' } : undefined;
  if (attempt.fixed === 0) return { ...attempt, ...brokenReason };

  const unwrittenReason = await write(files, path, before, attempt.text);
  if (unwrittenReason === null) return { ...attempt, ...brokenReason };
  const { fixed, failed, left } = attempt;
  return { fixed: 0, failed: fixed + failed, left: left + fixed, reason: unwrittenReason };
}

interface FileFixes {
  readonly text: string;
  /** The issues that the fixes have removed. One fix may remove several. */
  readonly fixed: number;
  readonly failed: number;
  readonly left: number;
}

async function fixText(
  file: { path: string; text: string; issues: readonly Issue[] },
  limit: number,
  { lint, rejected }: { lint: Lint; rejected: Set<string> },
): Promise<FileFixes> {
  const { path } = file;
  const isParsable = async (code: string) => (await lint(path, code))?.isParsable ?? false;
  const fixable = fixableOf(file.issues);
  let { text, issues } = file;
  let applied = 0;
  let failed = 0;
  for (let pass = 0; pass < MAX_PASSES && applied < limit && failed < limit; pass++) {
    const attempt = await applyFixes(text, issues, { limit: limit - applied, rejected, isParsable });
    failed += attempt.failed;
    if (attempt.fixed === 0) break;
    applied += attempt.fixed;
    ({ text } = attempt);
    issues = (await lint(path, text))?.issues ?? [];
  }
  const left = fixableOf(issues);
  const fixed = applied === 0 ? 0 : Math.min(limit, Math.max(1, fixable - left));
  return { text, fixed, failed, left };
}

function fixableOf(issues: readonly Issue[]): number {
  return issues.filter(({ fix }) => fix !== null).length;
}

async function countFixable(path: string, { lint, files }: FixWork): Promise<number> {
  const text = await files.read(path);
  return text === null ? 0 : fixableOf((await lint(path, text))?.issues ?? []);
}

/** @returns the reason why the file was not written, or null */
async function write(
  files: WorkingCopy,
  path: string,
  before: string,
  after: string,
): Promise<string | null> {
  try {
    const isWritten = await files.write(path, before, after);
    return isWritten ? null : 'the file was changed by someone else in the meantime, and left as it is';
  } catch (error) {
    // Continues with the other files.
    return error instanceof ExporterError ? error.message : `cannot write: ${errorMessage(error)}`;
  }
}

function rejectedIn(path: string, rejected: FixWork['rejected']): Set<string> {
  const inFile = rejected.get(path) ?? new Set();
  rejected.set(path, inFile);
  return inFile;
}

async function recordFixes(call: WorkCall, applied: number, failed: number): Promise<void> {
  if (applied + failed === 0) return;
  await call.record({ type: 'fixes', applied, failed });
  await call.publish({ type: 'fixes_tried', applied, failed });
}
