import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openWorkspace } from '../../../../../../src/pipeline/worker/files/workspace.ts';
import { tempWorkspace } from '../../temp-workspace.ts';

describe('opening a workspace', () => {
  it('refuses a folder that does not exist, and a file', async () => {
    const { root } = tempWorkspace({ 'a.js': '' });
    await expect(openWorkspace(join(root, 'none'))).rejects.toMatchObject({ code: 'workspace_unavailable' });
    await expect(openWorkspace(join(root, 'a.js'))).rejects.toMatchObject({ code: 'workspace_unavailable' });
  });

  it('resolves a symlink to the folder', async () => {
    const { root } = tempWorkspace({ 'real/a.js': '' });
    symlinkSync(join(root, 'real'), join(root, 'link'));
    const workspace = await openWorkspace(join(root, 'link'));
    expect(workspace.root).toBe(join(root, 'real'));
    expect(await workspace.sourceFiles()).toEqual(['a.js']);
  });
});

describe('the source files', () => {
  it('are JavaScript and TypeScript in every spelling, sorted, without dependencies, git and ignored files', async () => {
    const names = ['a.js', 'b.mjs', 'c.cjs', 'd.jsx', 'e.ts', 'f.mts', 'g.cts', 'h.tsx', '.hidden.js'];
    const { root, write } = tempWorkspace(Object.fromEntries(names.map((name) => [`src/${name}`, ''])));
    write('src/readme.md', '');
    write('node_modules/x/index.js', '');
    write('packages/p/node_modules/x/index.js', '');
    write('.git/hooks/a.js', '');
    write('out/built.js', '');
    write('.gitignore', 'out/\n');
    const workspace = await openWorkspace(root);
    expect(await workspace.sourceFiles()).toEqual(names.map((name) => `src/${name}`).toSorted());
  });

  it('are not looked for behind symlinks', async () => {
    const outside = tempWorkspace({ 'secret.js': '' });
    const { root } = tempWorkspace({ 'a.js': '' });
    symlinkSync(outside.root, join(root, 'folder'));
    symlinkSync(join(outside.root, 'secret.js'), join(root, 'file.js'));
    expect(await (await openWorkspace(root)).sourceFiles()).toEqual(['a.js']);
  });

  it('can be narrowed to files and folders, each file once', async () => {
    const { root } = tempWorkspace({ 'a.js': '', 'lib/b.js': '', 'lib/deep/c.js': '', 'library/d.js': '' });
    const workspace = await openWorkspace(root);
    expect(await workspace.sourceFiles(['lib', 'lib/b.js', './a.js'])).toEqual([
      'a.js',
      'lib/b.js',
      'lib/deep/c.js',
    ]);
    expect(await workspace.sourceFiles(['.'])).toHaveLength(4);
  });

  it.each([
    '../a.js',
    'lib/../../a.js',
    'lib\\..\\a.js',
    '/etc/passwd',
    'C:\\a.js',
    '\\\\host\\share',
    'a\0.js',
  ])('refuses the target %j', async (target) => {
    const workspace = await openWorkspace(tempWorkspace({ 'a.js': '', 'lib/b.js': '' }).root);
    await expect(workspace.sourceFiles([target])).rejects.toMatchObject({ code: 'outside_workspace' });
  });

  it('refuses a target behind a symlink that leads outside, and follows one that stays inside', async () => {
    const outside = tempWorkspace({ 'secret.js': '' });
    const { root } = tempWorkspace({ 'real/a.js': '' });
    symlinkSync(outside.root, join(root, 'escape'));
    symlinkSync(join(root, 'real/a.js'), join(root, 'alias.js'));
    const workspace = await openWorkspace(root);
    await expect(workspace.sourceFiles(['escape'])).rejects.toMatchObject({ code: 'outside_workspace' });
    await expect(workspace.sourceFiles(['escape/secret.js'])).rejects.toMatchObject({
      code: 'outside_workspace',
    });
    expect(await workspace.sourceFiles(['alias.js'])).toEqual(['real/a.js']);
  });

  it('refuses a sibling folder whose name starts like the workspace', async () => {
    const parent = tempWorkspace({ 'app/a.js': '', 'app-secret/b.js': '' });
    symlinkSync(join(parent.root, 'app-secret'), join(parent.root, 'app/link'));
    const workspace = await openWorkspace(join(parent.root, 'app'));
    await expect(workspace.sourceFiles(['link'])).rejects.toMatchObject({ code: 'outside_workspace' });
  });

  it.each([
    ['none.js', 'no such file'],
    ['a.js/b.js', 'no such file'],
    ['package.json', 'expected a folder or a file that ends in .js'],
    ['node_modules/x/index.js', 'never looked into'],
  ])('says what is wrong with the target %s', async (target, reason) => {
    const files = { 'a.js': '', 'package.json': '{}', 'node_modules/x/index.js': '' };
    const workspace = await openWorkspace(tempWorkspace(files).root);
    const refusal = { code: 'target_not_found', message: expect.stringContaining(reason) };
    await expect(workspace.sourceFiles([target])).rejects.toMatchObject(refusal);
  });
});

describe('reading', () => {
  it('gives the text as it is, byte order mark and line ends too', async () => {
    const { root } = tempWorkspace({ 'a.js': '\uFEFFlet a;\r\n' });
    expect(await (await openWorkspace(root)).read('a.js')).toBe('\uFEFFlet a;\r\n');
  });

  it('gives null for what is gone, a folder, too large or not UTF-8', async () => {
    const { root } = tempWorkspace({
      'folder.js/x': '',
      'large.js': 'x'.repeat(1024 * 1024 + 1),
      'latin1.js': Uint8Array.of(0x2f, 0x2f, 0xe9),
    });
    const workspace = await openWorkspace(root);
    for (const path of ['gone.js', 'folder.js', 'large.js', 'latin1.js']) {
      expect(await workspace.read(path), path).toBeNull();
    }
    expect(await workspace.readWhole('large.js')).toHaveLength(1024 * 1024 + 1);
  });
});

describe('writing', () => {
  it('replaces the whole file, keeps its mode and leaves nothing else behind', async () => {
    const { root, read, write } = tempWorkspace({ 'bin/a.js': 'old' });
    chmodSync(join(root, 'bin/a.js'), 0o755);
    const workspace = await openWorkspace(root);
    expect(await workspace.write('bin/a.js', 'old', 'new')).toBe(true);
    expect(read('bin/a.js')).toBe('new');
    expect(statSync(join(root, 'bin/a.js')).mode & 0o777).toBe(0o755);
    write('bin/b.js', '');
    expect(await workspace.sourceFiles()).toEqual(['bin/a.js', 'bin/b.js']);
  });

  it('leaves a file alone that changed since it was read', async () => {
    const { root, read, write } = tempWorkspace({ 'a.js': 'old' });
    const workspace = await openWorkspace(root);
    write('a.js', 'theirs');
    expect(await workspace.write('a.js', 'old', 'ours')).toBe(false);
    expect(read('a.js')).toBe('theirs');
  });

  it('lets only one of two writers win who read the same text', async () => {
    const { root, read } = tempWorkspace({ 'a.js': 'old' });
    const workspace = await openWorkspace(root);
    const outcomes = await Promise.all([
      workspace.write('a.js', 'old', 'one'),
      workspace.write('a.js', 'old', 'two'),
    ]);
    expect(outcomes).toEqual([true, false]);
    expect(read('a.js')).toBe('one');
  });

  it('refuses a path that has become a way out, and can still write others', async () => {
    const outside = tempWorkspace({ 'a.js': 'old' });
    const { root, read } = tempWorkspace({ 'lib/a.js': 'old', 'b.js': 'old' });
    const workspace = await openWorkspace(root);
    rmSync(join(root, 'lib'), { recursive: true });
    symlinkSync(outside.root, join(root, 'lib'));
    await expect(workspace.write('lib/a.js', 'old', 'new')).rejects.toMatchObject({
      code: 'outside_workspace',
    });
    expect(outside.read('a.js')).toBe('old');
    expect(await workspace.write('b.js', 'old', 'new')).toBe(true);
    expect(read('b.js')).toBe('new');
  });

  it('does not make a file that is gone', async () => {
    const { root } = tempWorkspace();
    mkdirSync(join(root, 'lib'));
    expect(await (await openWorkspace(root)).write('lib/a.js', 'old', 'new')).toBe(false);
  });
});
