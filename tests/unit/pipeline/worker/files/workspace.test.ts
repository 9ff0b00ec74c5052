import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from './open-test-workspace.ts';

describe('the source files', () => {
  it('the source files are all JavaScript and TypeScript files, sorted, without dependencies, git and ignored files', async () => {
    const names = ['a.js', 'b.mjs', 'c.cjs', 'd.jsx', 'e.ts', 'f.mts', 'g.cts', 'h.tsx', '.hidden.js'];
    const { root, write } = tempWorkspace(Object.fromEntries(names.map((name) => [`src/${name}`, ''])));
    write('src/readme.md', '');
    write('node_modules/x/index.js', '');
    write('packages/p/node_modules/x/index.js', '');
    write('.git/hooks/a.js', '');
    write('out/built.js', '');
    write('.gitignore', 'out/\n');
    const workspace = await openTestWorkspace(root);
    expect(await workspace.sourceFiles()).toEqual(names.map((name) => `src/${name}`).toSorted());
  });

  it('source files behind symlinks are left out', async () => {
    const outside = tempWorkspace({ 'secret.js': '' });
    const { root } = tempWorkspace({ 'a.js': '' });
    symlinkSync(outside.root, join(root, 'folder'));
    symlinkSync(join(outside.root, 'secret.js'), join(root, 'file.js'));
    expect(await (await openTestWorkspace(root)).sourceFiles()).toEqual(['a.js']);
  });

  it('can be narrowed to files and folders, each file once', async () => {
    const { root } = tempWorkspace({ 'a.js': '', 'lib/b.js': '', 'lib/deep/c.js': '', 'library/d.js': '' });
    const workspace = await openTestWorkspace(root);
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
  ])('the workspace refuses the target %j', async (target) => {
    const workspace = await openTestWorkspace(tempWorkspace({ 'a.js': '', 'lib/b.js': '' }).root);
    await expect(workspace.sourceFiles([target])).rejects.toMatchObject({ code: 'outside_workspace' });
  });

  it('the workspace refuses a target whose symlink leads outside and follows one that stays inside', async () => {
    const outside = tempWorkspace({ 'secret.js': '' });
    const { root } = tempWorkspace({ 'real/a.js': '' });
    symlinkSync(outside.root, join(root, 'escape'));
    symlinkSync(join(root, 'real/a.js'), join(root, 'alias.js'));
    const workspace = await openTestWorkspace(root);
    await expect(workspace.sourceFiles(['escape'])).rejects.toMatchObject({ code: 'outside_workspace' });
    await expect(workspace.sourceFiles(['escape/secret.js'])).rejects.toMatchObject({
      code: 'outside_workspace',
    });
    expect(await workspace.sourceFiles(['alias.js'])).toEqual(['real/a.js']);
  });

  it('the workspace refuses a sibling folder whose name starts like its own', async () => {
    const parent = tempWorkspace({ 'app/a.js': '', 'app-secret/b.js': '' });
    symlinkSync(join(parent.root, 'app-secret'), join(parent.root, 'app/link'));
    const workspace = await openTestWorkspace(join(parent.root, 'app'));
    await expect(workspace.sourceFiles(['link'])).rejects.toMatchObject({ code: 'outside_workspace' });
  });

  it.each([
    ['none.js', 'no such file'],
    ['a.js/b.js', 'no such file'],
    ['package.json', 'expected a folder or a file that ends in .js'],
    ['node_modules/x/index.js', 'never searched'],
  ])('the workspace says what is wrong with the target %s', async (target, reason) => {
    const files = { 'a.js': '', 'package.json': '{}', 'node_modules/x/index.js': '' };
    const workspace = await openTestWorkspace(tempWorkspace(files).root);
    const refusal = { code: 'target_not_found', message: expect.stringContaining(reason) };
    await expect(workspace.sourceFiles([target])).rejects.toMatchObject(refusal);
  });
});

describe('reading', () => {
  it('reading keeps the byte order mark and line ends', async () => {
    const { root } = tempWorkspace({ 'a.js': '\uFEFFlet a;\r\n' });
    expect(await (await openTestWorkspace(root)).read('a.js')).toBe('\uFEFFlet a;\r\n');
  });

  it('reading gives null for a file that is gone, a folder, too large or not UTF-8', async () => {
    const { root } = tempWorkspace({
      'folder.js/x': '',
      'large.js': 'x'.repeat(1024 * 1024 + 1),
      'latin1.js': Uint8Array.of(0x2f, 0x2f, 0xe9),
    });
    const workspace = await openTestWorkspace(root);
    for (const path of ['gone.js', 'folder.js', 'large.js', 'latin1.js']) {
      expect(await workspace.read(path), path).toBeNull();
    }
    expect(await workspace.readFile('large.js', 2 ** 21)).toMatchObject({
      bytes: expect.toSatisfy((bytes: Buffer) => bytes.length === 1024 * 1024 + 1),
    });
  });
});

describe('writing', () => {
  it('writing replaces the whole file, keeps its mode and leaves nothing else behind', async () => {
    const { root, read, write } = tempWorkspace({ 'bin/a.js': 'old' });
    chmodSync(join(root, 'bin/a.js'), 0o755);
    const workspace = await openTestWorkspace(root);
    expect(await workspace.write('bin/a.js', 'old', 'new')).toBe(true);
    expect(read('bin/a.js')).toBe('new');
    expect(statSync(join(root, 'bin/a.js')).mode & 0o777).toBe(0o755);
    write('bin/b.js', '');
    expect(await workspace.sourceFiles()).toEqual(['bin/a.js', 'bin/b.js']);
  });

  it('writing leaves a file alone that changed since it was read', async () => {
    const { root, read, write } = tempWorkspace({ 'a.js': 'old' });
    const workspace = await openTestWorkspace(root);
    write('a.js', 'theirs');
    expect(await workspace.write('a.js', 'old', 'ours')).toBe(false);
    expect(read('a.js')).toBe('theirs');
  });

  it('writing refuses a path that now leads outside and can still write others', async () => {
    const outside = tempWorkspace({ 'a.js': 'old' });
    const { root, read } = tempWorkspace({ 'lib/a.js': 'old', 'b.js': 'old' });
    const workspace = await openTestWorkspace(root);
    rmSync(join(root, 'lib'), { recursive: true });
    symlinkSync(outside.root, join(root, 'lib'));
    await expect(workspace.write('lib/a.js', 'old', 'new')).rejects.toMatchObject({
      code: 'outside_workspace',
    });
    expect(outside.read('a.js')).toBe('old');
    expect(await workspace.write('b.js', 'old', 'new')).toBe(true);
    expect(read('b.js')).toBe('new');
  });

  it('writing does not create a file that is gone', async () => {
    const { root } = tempWorkspace();
    mkdirSync(join(root, 'lib'));
    expect(await (await openTestWorkspace(root)).write('lib/a.js', 'old', 'new')).toBe(false);
  });
});
