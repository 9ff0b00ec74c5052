import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { changedFiles } from '../../../../../src/pipeline/worker/git/changed-files.ts';
import { askGit } from '../../../../../src/pipeline/worker/git/git-program.ts';
import { tagsOfHistory } from '../../../../../src/pipeline/worker/git/history.ts';
import { findSourceFiles } from '../../../../../src/pipeline/worker/git/source-files.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from '../files/open-test-workspace.ts';

const { signal } = new AbortController();

async function changedIn(root: string, abort = signal): Promise<string[]> {
  const workspace = await openTestWorkspace(root);
  return changedFiles(workspace, await findSourceFiles(workspace, signal), abort);
}

async function tagsIn(root: string): Promise<readonly string[]> {
  return (await tagsOfHistory(await openTestWorkspace(root), signal)).tags;
}

describe('the changed files', () => {
  it('changed files are the modified, staged and untracked ones, not the ignored and deleted ones', async () => {
    const { root, write, commit, git } = tempWorkspace({ 'same.js': '', 'edited.js': '', 'gone.js': '' });
    write('.gitignore', 'ignored.js\n');
    commit();
    write('edited.js', 'let a;');
    write('staged.js', '');
    git('add', 'staged.js');
    write('dir/new file ü.js', '');
    write('ignored.js', '');
    rmSync(join(root, 'gone.js'));
    const files = await changedIn(root);
    expect(files.toSorted()).toEqual(['dir/new file ü.js', 'edited.js', 'staged.js']);
  });

  it('are relative to a workspace below the top of the repository, and of it only', async () => {
    const { root, write, commit } = tempWorkspace({ 'a.js': '', 'sub/b.js': '' });
    commit();
    write('a.js', 'let a;');
    write('sub/b.js', 'let b;');
    write('sub/c.js', '');
    expect(await changedIn(join(root, 'sub'))).toEqual(['b.js', 'c.js']);
  });

  it.each([
    ['core.autocrlf', 'true', ''],
    ['core.eol', 'crlf', '* text=auto\n'],
  ])('changed files do not include a file that %s converts', async (name, value, attributes) => {
    const { root, write, git, commit } = tempWorkspace({ '.gitattributes': attributes });
    git('init', '--quiet');
    git('config', name, value);
    write('same.js', 'let a;\r\nlet b;\r\n');
    write('edited.js', 'let a;\r\n');
    commit();
    expect(git('ls-files', '--eol', 'same.js')).toContain('i/lf');
    write('edited.js', 'let b;\r\n');
    expect(await changedIn(root)).toEqual(['edited.js']);
  });

  it('changed files are known in a repository with SHA-256 ids', async () => {
    const { root, write, git, commit } = tempWorkspace({ 'same.js': 'let a;', 'edited.js': '' });
    git('init', '--quiet', '--object-format=sha256');
    commit();
    write('edited.js', 'let a;');
    expect(await changedIn(root)).toEqual(['edited.js']);
  });

  it('changed files do not include the files of a submodule', async () => {
    const { root, git, commit } = tempWorkspace({ 'a.js': '' });
    const inner = tempWorkspace({ 'b.js': '' });
    inner.commit();
    git('init', '--quiet');
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'inner');
    commit();
    expect(await changedIn(root)).toEqual([]);
  });

  it('all files count as changed before the first commit', async () => {
    const { root, git } = tempWorkspace({ 'a.js': '', 'b.js': '' });
    git('init', '--quiet');
    git('add', 'a.js');
    expect((await changedIn(root)).toSorted()).toEqual(['a.js', 'b.js']);
  });

  it('changed files are unknown outside a repository, and the error says what to do', async () => {
    await expect(changedIn(tempWorkspace().root)).rejects.toMatchObject({
      code: 'not_a_git_repository',
      message: expect.stringContaining('comprehensive: true'),
    });
  });

  it('git is not asked for changed files once the call is cancelled', async () => {
    await expect(changedIn(tempWorkspace().root, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('the tags', () => {
  it('the tags are those of the history of HEAD', async () => {
    const { root, commit, git } = tempWorkspace();
    commit();
    git('tag', 'v1.0.0');
    git('checkout', '--quiet', '-b', 'next');
    commit();
    git('tag', 'v2.0.0');
    git('checkout', '--quiet', '-');
    expect(await tagsIn(root)).toEqual(['v1.0.0']);
  });

  it('tags are unknown outside a repository, below its top, and before the first commit', async () => {
    const { root, git, commit, write } = tempWorkspace();
    await expect(tagsIn(root)).rejects.toThrow('the workspace is not in a git repository');
    git('init', '--quiet');
    await expect(tagsIn(root)).rejects.toThrow('the git repository has no commit yet');
    write('sub/a.js', '');
    commit();
    await expect(tagsIn(join(root, 'sub'))).rejects.toThrow('is not the top folder of its git repository');
    expect(await tagsIn(root)).toEqual([]);
  });
});

describe('the answer of git', () => {
  it('git output past its limit fails and is counted', async () => {
    const { root, commit } = tempWorkspace(
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}.js`, ''])),
    );
    commit();
    const reached: string[] = [];
    const workspace = await openTestWorkspace(root, (limit) => reached.push(limit));
    await expect(askGit(workspace, ['ls-tree', '-r', 'HEAD'], signal, 50)).rejects.toMatchObject({
      code: 'worker_limit',
      message: "git's answer is larger than 50 bytes",
    });
    expect(reached).toEqual(['git_output']);
  });
});
