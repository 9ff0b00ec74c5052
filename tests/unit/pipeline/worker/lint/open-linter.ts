import { onTestFinished } from 'vitest';

import { loadLinter } from '../../../../../src/pipeline/worker/lint/load-linter.ts';
import { openTestWorkspace } from '../files/open-test-workspace.ts';
import { installEslint, tempWorkspace } from '../../temp-workspace.ts';

/** The linter of a workspace with `files`. A trusted workspace has ESLint installed. */
export async function openLinter(files: Record<string, string> = {}, { isTrusted = false } = {}) {
  const workspace = tempWorkspace(files);
  if (isTrusted) installEslint(workspace);
  const skipped: string[] = [];
  const linter = await loadLinter(
    { isTrusted },
    await openTestWorkspace(workspace.root),
    async ({ path, limit }) => {
      skipped.push(`${limit} ${path}`);
    },
  );
  onTestFinished(() => linter.close());
  return { ...linter, workspace, skipped };
}
