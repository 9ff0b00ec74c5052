import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { Folder } from '../../../../../src/pipeline/worker/files/folder.ts';
import { Workspace } from '../../../../../src/pipeline/worker/files/workspace.ts';
import { tempWorkspace } from '../../temp-workspace.ts';

async function openFolder(root: string, hasDescriptorPaths: boolean): Promise<Folder> {
  const folder = await Folder.open(root, hasDescriptorPaths);
  onTestFinished(() => folder.close());
  return folder;
}

describe.each([
  ['with paths that start at a descriptor', true],
  ['without them, as on macOS and Windows', false],
])('a folder %s', (_, hasDescriptorPaths) => {
  it('a folder is searched, read and written', async () => {
    const { root, read } = tempWorkspace({ 'lib/a.js': 'old', 'b.js': '' });
    const folder = await openFolder(root, hasDescriptorPaths);
    const workspace = new Workspace(root, folder, async () => undefined);
    expect(await workspace.sourceFiles()).toEqual(['b.js', 'lib/a.js']);
    expect(await workspace.read('lib/a.js')).toBe('old');
    expect(await workspace.write('lib/a.js', 'old', 'new')).toBe(true);
    expect(read('lib/a.js')).toBe('new');
  });

  it('a folder follows no symlink in place of a file or folder', async () => {
    const outside = tempWorkspace({ 'a.js': 'secret' });
    const { root } = tempWorkspace();
    symlinkSync(outside.root, join(root, 'lib'));
    symlinkSync(join(outside.root, 'a.js'), join(root, 'a.js'));
    const folder = await openFolder(root, hasDescriptorPaths);
    const refusal = { code: 'outside_workspace' };
    await expect(folder.openFolder('lib')).rejects.toMatchObject(refusal);
    await expect(folder.openFile('a.js')).rejects.toMatchObject(refusal);
    await expect(folder.createFile('a.js', 0o600)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe('a folder that was opened and then replaced by a symlink', () => {
  it('an opened folder replaced by a symlink is still the opened one on Linux', async () => {
    const outside = tempWorkspace({ 'a.js': 'secret' });
    const { root } = tempWorkspace({ 'lib/a.js': 'ours' });
    const lib = await (await openFolder(root, true)).openFolder('lib');
    onTestFinished(() => lib.close());
    renameSync(join(root, 'lib'), join(root, 'moved'));
    symlinkSync(outside.root, join(root, 'lib'));
    const file = await lib.openFile('a.js');
    onTestFinished(() => file.close());
    expect(await file.readFile('utf8')).toBe('ours');
  });

  it('an opened folder replaced by a symlink gives no outside file on other systems', async () => {
    const outside = tempWorkspace({ 'a.js': 'secret' });
    const { root } = tempWorkspace({ 'lib/a.js': 'ours' });
    const lib = await (await openFolder(root, false)).openFolder('lib');
    onTestFinished(() => lib.close());
    renameSync(join(root, 'lib'), join(root, 'moved'));
    symlinkSync(outside.root, join(root, 'lib'));
    await expect(lib.openFile('a.js')).rejects.toMatchObject({ code: 'outside_workspace' });
  });
});
