import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { LIMITS, type LimitName } from '../../../../../src/monitor/limits.ts';
import { NO_GIT_IGNORES } from '../../../../../src/pipeline/worker/files/ignore-rules.ts';
import { findSourceFiles } from '../../../../../src/pipeline/worker/files/source-search.ts';
import { findSourceFiles as findUnignoredFiles } from '../../../../../src/pipeline/worker/git/source-files.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from './open-test-workspace.ts';

async function searched(root: string) {
  const reached: LimitName[] = [];
  const workspace = await openTestWorkspace(root, (limit) => reached.push(limit));
  return { workspace, reached };
}

describe('what is not a regular file', () => {
  it('pipes, sockets, devices and folders are neither waited for nor read', async () => {
    const { root } = tempWorkspace({ 'a.js': 'text' });
    execFileSync('mkfifo', [join(root, 'pipe.js'), join(root, '.gitignore')]);
    mkdirSync(join(root, 'folder.js'));
    symlinkSync('/dev/zero', join(root, 'device.js'));
    const server = createServer().listen(join(root, 'socket.js'));
    onTestFinished(() => void server.close());
    const { workspace } = await searched(root);
    expect(await workspace.sourceFiles()).toEqual(['a.js']);
    for (const path of ['pipe.js', 'folder.js', 'socket.js'])
      expect(await workspace.read(path), path).toBeNull();
    await expect(workspace.read('device.js')).rejects.toMatchObject({ code: 'outside_workspace' });
    expect(await workspace.write('pipe.js', '', 'new')).toBe(false);
  });

  it.each(['/dev/zero', 'pipe'])(
    "%s in place of git's own patterns is neither waited for nor read",
    async (path) => {
      const { root, git } = tempWorkspace({ 'a.js': '' });
      git('init', '--quiet');
      git('config', 'core.excludesFile', path);
      rmSync(join(root, '.git/info/exclude'));
      execFileSync('mkfifo', ['pipe', '.git/info/exclude'], { cwd: root });
      const { workspace } = await searched(root);
      expect(await findUnignoredFiles(workspace, new AbortController().signal)).toEqual(['a.js']);
    },
  );

  it('special files are not read as version files', async () => {
    const { root } = tempWorkspace();
    execFileSync('mkfifo', ['package.json', 'package-lock.json', 'CHANGELOG.md'], { cwd: root });
    const { workspace } = await searched(root);
    expect(await workspace.readFile('package.json', 100)).toBe('not_a_file');
  });
});

describe('a tree', () => {
  it('a tree with circular symlinks is searched once', async () => {
    const { root } = tempWorkspace({ 'lib/a.js': '' });
    symlinkSync('..', join(root, 'lib/up'));
    symlinkSync('self', join(root, 'self'));
    const { workspace } = await searched(root);
    expect(await workspace.sourceFiles()).toEqual(['lib/a.js']);
    await expect(workspace.sourceFiles(['self'])).rejects.toMatchObject({ code: 'target_not_found' });
  });

  it('folders below the depth limit are skipped', async () => {
    const depth = LIMITS.workspace_depth.max;
    const { root, write } = tempWorkspace({ 'top.js': '' });
    let folder = root;
    for (let level = 0; level < depth * 10; level++) folder = join(folder, 'd');
    mkdirSync(folder, { recursive: true });
    write(`${'d/'.repeat(depth)}a.js`, '');
    write(`${'d/'.repeat(depth + 1)}b.js`, '');
    const { workspace, reached } = await searched(root);
    expect(await workspace.sourceFiles()).toEqual([`${'d/'.repeat(depth)}a.js`, 'top.js']);
    expect(reached).toEqual(['workspace_depth']);
  });

  it.each([
    [
      'workspace_files',
      { files: 10, entries: 1e9 },
      /more than 20000 files to search; name fewer target_files/,
    ],
    ['workspace_entries', { files: 1e9, entries: 10 }, /more than 500000 entries to search/],
  ] as const)('a tree past %s fails the call', async (limit, bounds, message) => {
    const names = Array.from({ length: 1000 }, (_, i) => `f${i}.js`);
    const { root } = tempWorkspace(Object.fromEntries(names.map((name) => [name, ''])));
    const { workspace, reached } = await searched(root);
    await expect(findSourceFiles(workspace, null, NO_GIT_IGNORES, bounds)).rejects.toMatchObject({
      code: 'worker_limit',
      message: expect.stringMatching(message),
    });
    expect(reached).toEqual([limit]);
  });

  it('a large tree can be narrowed to a folder within the limits', async () => {
    const { root } = tempWorkspace({ 'big/a.js': '', 'big/b.js': '', 'small/c.js': '' });
    const { workspace } = await searched(root);
    const bounds = { files: 1, entries: 4 };
    expect(await findSourceFiles(workspace, ['small'], NO_GIT_IGNORES, bounds)).toEqual(['small/c.js']);
  });
});

describe('names', () => {
  it('file names with control characters are left out, because they would forge lines', async () => {
    const { root } = tempWorkspace({
      'a.js': '',
      'b\n+++ b/x.js': '',
      'c\u2028.js': '',
      'd\u001B[31m.js': '',
    });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff]), Buffer.from('.js')]), '');
    const { workspace } = await searched(root);
    expect(await workspace.sourceFiles()).toEqual(['a.js']);
  });

  it('file names that are too long are not found', async () => {
    const { root } = tempWorkspace({ 'a.js': '' });
    const { workspace } = await searched(root);
    const targets = Array.from({ length: 1000 }, (_, i) => `${i}/${'x'.repeat(4000)}.js`);
    await expect(workspace.sourceFiles(targets)).rejects.toMatchObject({ code: 'target_not_found' });
  });
});

describe('.gitignore', () => {
  it('a .gitignore past its limit is not read', async () => {
    const { root } = tempWorkspace({
      'a.js': '',
      '.gitignore': 'a.js\n',
      'lib/b.js': '',
      'lib/.gitignore': 'b.js\n',
    });
    truncateSync(join(root, '.gitignore'), LIMITS.gitignore_size.max * 100);
    const { workspace, reached } = await searched(root);
    expect(await workspace.sourceFiles()).toEqual(['a.js']);
    expect(reached).toEqual(['gitignore_size']);
  });

  it('that is a symlink is not followed, as git does it', async () => {
    const outside = tempWorkspace({ rules: 'a.js\n' });
    const { root } = tempWorkspace({ 'a.js': '' });
    symlinkSync(join(outside.root, 'rules'), join(root, '.gitignore'));
    expect(await (await searched(root)).workspace.sourceFiles()).toEqual(['a.js']);
  });

  it.each(['sub', 'sub/deeper'])(
    'a .gitignore applies to all folders below, and deeper ones take precedence: %s',
    async (at) => {
      const { root, git } = tempWorkspace({
        '.gitignore': 'out/\n*.gen.js\n/top.js\n',
        'top.js': '',
        'sub/.gitignore': '!kept.gen.js\n/here.js\n',
        'sub/top.js': '',
        'sub/here.js': '',
        'sub/kept.gen.js': '',
        'sub/lost.gen.js': '',
        'sub/deeper/here.js': '',
        'sub/deeper/kept.gen.js': '',
        'sub/deeper/out/a.js': '',
      });
      git('init', '--quiet');
      const workspace = (await searched(join(root, at))).workspace;
      const expected = git('-C', at, 'ls-files', '--others', '--exclude-standard', '*.js')
        .split('\n')
        .filter(Boolean);
      expect(await workspace.sourceFiles()).toEqual(expected.toSorted());
      expect(existsSync(join(root, 'top.js'))).toBe(true);
    },
  );
});
