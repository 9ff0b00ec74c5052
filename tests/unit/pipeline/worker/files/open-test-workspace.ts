import { onTestFinished } from 'vitest';

import type { LimitName } from '../../../../../src/monitor/limits.ts';
import { openWorkspace, type Workspace } from '../../../../../src/pipeline/worker/files/workspace.ts';

/** The workspace at `root`. Closed after the test. */
export async function openTestWorkspace(
  root: string,
  onLimit: (limit: LimitName) => void = () => undefined,
): Promise<Workspace> {
  const workspace = await openWorkspace(root, async (limit) => onLimit(limit));
  onTestFinished(() => workspace.close());
  return workspace;
}
