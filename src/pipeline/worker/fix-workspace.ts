import type { WorkRequest } from '../contract/protocol.ts';
import type { FixResult } from '../contract/results.ts';
import { WorkingCopy } from './files/working-copy.ts';
import { fixFiles } from './fix-files.ts';
import { countFixes } from './fixes.ts';
import { NO_SOURCE_FILES, unreadableNotices } from './skipped-files.ts';
import type { WorkContext } from './work-context.ts';
import { findSourceFiles } from './git/source-files.ts';

/** Applies the linter's fixes. A dry run only proposes them. */
export async function fixWorkspace(
  { call, workspace, linter }: WorkContext,
  request: Extract<WorkRequest, { kind: 'fix' }>,
): Promise<FixResult> {
  const paths = await findSourceFiles(workspace, call.signal, request.targetFiles);
  const files = new WorkingCopy(workspace, { isDryRun: request.isDryRun });
  const work = {
    lint: linter.lint,
    files,
    paths,
    maxFixes: request.maxFixes,
    isCountingLeft: true,
    rejected: new Map(),
  };
  const { changedPaths, fixed, failures, left } = await call.stage(
    'apply_fixes',
    call.report,
    async (report) => fixFiles(call, work, report),
  );
  const failed = failures.reduce((sum, { fixes }) => sum + fixes, 0);
  await call.log('info', `${files.isDryRun ? 'would fix' : 'fixed'} ${fixed} issues, ${failed} fixes failed`);
  const { unreadable } = workspace;
  const diff = files.diff();
  if (diff.diff_truncated) await call.limitReached('diff_size');
  return {
    dry_run: files.isDryRun,
    ...countFixes(fixed, failed, files.isDryRun),
    fixes_left: left,
    files_changed: [...changedPaths],
    failures: [
      ...failures,
      ...[...unreadable].map(([path, reason]) => ({ path, fixes: 0, reason: `cannot be read: ${reason}` })),
    ],
    ...diff,
    linter: linter.kind,
    notices: [
      ...linter.notices,
      ...(paths.length + unreadable.size === 0 ? [NO_SOURCE_FILES] : []),
      ...unreadableNotices([...unreadable.keys()]),
    ],
  };
}
