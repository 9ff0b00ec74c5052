import { ExporterError, errorMessage } from '../../errors.ts';
import { applyFixes } from './fixes.ts';
import type { Lint } from '../contract/issue.ts';
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
  /** By path, as in `FixLimits.rejected`. */
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
}

/** Fixes file by file until the limit is reached. Each file is replaced atomically. */
export async function fixFiles(call: WorkCall, work: FixWork, report: Report): Promise<FixResult> {
  const { paths, maxFixes } = work;
  const changedPaths: string[] = [];
  const failures: FailedFixes[] = [];
  let fixed = 0;
  let failed = 0;
  let seen = 0;
  for (const path of paths) {
    const limit = maxFixes - Math.max(fixed, failed);
    if (limit <= 0) break;
    await call.checkpoint();
    const outcome = await fixFile(path, limit, work);
    fixed += outcome.fixed;
    failed += outcome.failed;
    if (outcome.fixed > 0) changedPaths.push(path);
    if (outcome.reason) {
      failures.push({ path, fixes: outcome.failed, reason: outcome.reason });
      await call.log('warning', `${path}: ${outcome.failed} fixes failed: ${outcome.reason}`);
    }
    await recordFixes(call, work.files.isDryRun ? 0 : outcome.fixed, outcome.failed);
    seen += 1;
    await report(seen / paths.length, `fixed ${fixed} of at most ${maxFixes}: ${path}`);
  }
  await report(1, `fixed ${fixed}, failed ${failed}`);
  return { changedPaths, fixed, failures };
}

interface FileOutcome {
  readonly fixed: number;
  readonly failed: number;
  readonly reason?: string;
}

const NOTHING: FileOutcome = { fixed: 0, failed: 0 };

async function fixFile(
  path: string,
  limit: number,
  { lint, files, rejected }: FixWork,
): Promise<FileOutcome> {
  const before = await files.read(path);
  const found = before === null ? null : await lint(path, before);
  if (before === null || !found?.isParsable) return NOTHING;

  const attempt = await applyFixes(before, found.issues, {
    limit,
    rejected: rejectedIn(path, rejected),
    isParsable: async (text) => (await lint(path, text))?.isParsable ?? false,
  });
  const brokenReason = attempt.failed > 0 ? { reason: 'the file could not be parsed with them' } : undefined;
  if (attempt.fixed === 0) return { fixed: 0, failed: attempt.failed, ...brokenReason };

  const unwrittenReason = await write(files, path, before, attempt.text);
  if (unwrittenReason === null) return { fixed: attempt.fixed, failed: attempt.failed, ...brokenReason };
  return { fixed: 0, failed: attempt.fixed + attempt.failed, reason: unwrittenReason };
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
