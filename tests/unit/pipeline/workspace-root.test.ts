import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findWorkspaceRoot } from '../../../src/pipeline/workspace-root.ts';
import { tempWorkspace } from './temp-workspace.ts';

describe('the root of a workspace', () => {
  it('the workspace root is never a missing folder or a file', async () => {
    const { root } = tempWorkspace({ 'a.js': '' });
    for (const path of [join(root, 'none'), join(root, 'a.js')]) {
      await expect(findWorkspaceRoot(path)).rejects.toMatchObject({ code: 'workspace_unavailable' });
    }
  });

  it('the workspace root is the real path of a symlink', async () => {
    const { root } = tempWorkspace({ 'real/a.js': '' });
    symlinkSync(join(root, 'real'), join(root, 'link'));
    expect(await findWorkspaceRoot(join(root, 'link'))).toBe(join(root, 'real'));
  });
});
