import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { changedFiles } from '../../../../../src/pipeline/worker/git/changed-files.ts';
import { tagsOfHistory } from '../../../../../src/pipeline/worker/git/history.ts';
import { findSourceFiles } from '../../../../../src/pipeline/worker/git/source-files.ts';
import { openTestWorkspace } from '../files/open-test-workspace.ts';
import { HOSTILE_REPOSITORIES, hostileRepository } from './hostile-repositories.ts';

const { signal } = new AbortController();

describe('git runs nothing of a repository with', () => {
  it.each(Object.keys(HOSTILE_REPOSITORIES))('%s', async (name) => {
    const { root, hasRun } = hostileRepository(name);
    const workspace = await openTestWorkspace(root);
    const isFetching = name.startsWith('a partial clone');
    const changed = changedFiles(workspace, ['a.js', 'same.js'], signal);
    if (isFetching) await expect(changed).rejects.toMatchObject({ code: 'git_failed' });
    else expect(await changed).toEqual(['a.js']);
    expect((await tagsOfHistory(workspace, signal)).tags).toEqual(['v1.0.0']);
    expect(await findSourceFiles(workspace, signal)).toEqual(['a.js', 'same.js']);
    expect(hasRun()).toBe(false);
  });
});

describe('the hostile repositories', () => {
  // Else the tests above could not fail.
  it.each([
    ['a clean filter', ['diff', 'HEAD']],
    ['a filter process', ['diff', 'HEAD']],
    ['core.fsmonitor', ['status']],
    ['diff.external', ['diff', 'HEAD']],
    ['textconv', ['diff', 'HEAD']],
    ['core.hooksPath', ['status']],
    ['a partial clone with core.sshCommand', ['ls-tree', 'HEAD']],
    ['a partial clone from an ext:: remote', ['ls-tree', 'HEAD']],
    ['a partial clone with uploadpack', ['ls-tree', 'HEAD']],
    ['a partial clone with core.gitProxy', ['ls-tree', 'HEAD']],
  ])('run their program with %s if git is asked %j', (name, question) => {
    const { root, hasRun } = hostileRepository(name);
    try {
      execFileSync('git', question, { cwd: root, stdio: 'ignore', timeout: 10_000 });
    } catch {
      // It cannot fetch.
    }
    expect(hasRun()).toBe(true);
  });
});
