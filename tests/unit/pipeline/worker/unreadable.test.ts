import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { checkVersions } from '../../../../src/pipeline/worker/version-checks.ts';
import { tempWorkspace, type TempWorkspace } from '../temp-workspace.ts';
import { openTestWorkspace } from './files/open-test-workspace.ts';

const FILES = { 'package.json': '{"version":"1.0.0"}', 'a.js': '', 'lib/b.js': '' };
const DENIED = 'permission denied (EACCES)';

/** `path` may be read by nobody until the test ends. */
function forbid({ root }: TempWorkspace, path: string): void {
  chmodSync(join(root, path), 0);
  onTestFinished(() => chmodSync(join(root, path), 0o755));
}

/** Works in a workspace that everyone may enter. The superuser could read every file. */
async function asOrdinaryUser<T>({ root }: { root: string }, read: () => Promise<T>): Promise<T> {
  chmodSync(root, 0o755);
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.('nobody');
  try {
    return await read();
  } finally {
    if (isSuperuser) process.seteuid?.(0);
  }
}

async function searched(workspace: TempWorkspace) {
  const opened = await openTestWorkspace(workspace.root);
  const found = await asOrdinaryUser(opened, () => opened.sourceFiles());
  return { found, unreadable: Object.fromEntries(opened.unreadable) };
}

async function checksOf({ root }: TempWorkspace): Promise<Record<string, string>> {
  const opened = await openTestWorkspace(root);
  const checks = await asOrdinaryUser(opened, () => checkVersions(opened, new AbortController().signal));
  return Object.fromEntries(checks.map(({ name, status, message }) => [name, `${status}: ${message}`]));
}

it('a file that may not be read is unreadable', async () => {
  const workspace = tempWorkspace(FILES);
  forbid(workspace, 'a.js');
  const opened = await openTestWorkspace(workspace.root);
  expect(await asOrdinaryUser(opened, () => opened.read('a.js'))).toBeNull();
  expect([...opened.unreadable]).toEqual([['a.js', DENIED]]);
});

it('a folder that may not be read is unreadable, and the others are searched', async () => {
  const workspace = tempWorkspace(FILES);
  forbid(workspace, 'lib');
  expect(await searched(workspace)).toEqual({ found: ['a.js'], unreadable: { 'lib/': DENIED } });
});

it('a .gitignore file that may not be read is unreadable, and nothing is ignored', async () => {
  const workspace = tempWorkspace({ ...FILES, '.gitignore': 'lib\n' });
  forbid(workspace, '.gitignore');
  expect(await searched(workspace)).toEqual({
    found: ['a.js', 'lib/b.js'],
    unreadable: { '.gitignore': DENIED },
  });
});

it('a target that may not be read is not called missing', async () => {
  const workspace = tempWorkspace(FILES);
  forbid(workspace, 'lib');
  const opened = await openTestWorkspace(workspace.root);
  await expect(asOrdinaryUser(opened, () => opened.sourceFiles(['lib/b.js']))).rejects.toMatchObject({
    code: 'target_not_found',
    message: `"lib/b.js": cannot be read: ${DENIED}`,
  });
});

it.each([
  ['package.json', 'package_version'],
  ['package-lock.json', 'lock_file'],
  ['CHANGELOG.md', 'changelog'],
])('a version check fails if %s may not be read, and says what to do', async (path, name) => {
  const workspace = tempWorkspace({
    ...FILES,
    'package-lock.json': '{"version":"1.0.0"}',
    'CHANGELOG.md': '',
  });
  forbid(workspace, path);
  expect((await checksOf(workspace))[name]).toMatch(
    `failed: ${path} cannot be read: ${DENIED}; give the user that runs mcp-exporter`,
  );
});

it.each([
  ['package.json', 'package_version'],
  ['package-lock.json', 'lock_file'],
  ['CHANGELOG.md', 'changelog'],
])('a version check fails if %s is a broken symlink, a loop or below a file', async (path, name) => {
  for (const target of ['gone', path, 'a.js/below']) {
    const workspace = tempWorkspace(FILES);
    rmSync(join(workspace.root, path), { force: true });
    symlinkSync(target, join(workspace.root, path));
    expect((await checksOf(workspace))[name]).toBe(`failed: ${path} is not a file, or is a broken symlink`);
  }
});

it('a version check fails if package.json is a folder', async () => {
  const workspace = tempWorkspace();
  mkdirSync(join(workspace.root, 'package.json'));
  expect((await checksOf(workspace))['package_version']).toMatch(/^failed: package.json is not a file/);
});

it('the tags fail if the repository may not be read', async () => {
  const workspace = tempWorkspace(FILES);
  workspace.commit();
  forbid(workspace, '.git');
  expect((await checksOf(workspace))['tags']).toMatch(/^failed: the \.git of the workspace cannot be read/);
});
