import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { openWorkspace } from '../../../../src/pipeline/worker/files/workspace.ts';
import { coverageNotices, listSkipped } from '../../../../src/pipeline/worker/skipped-files.ts';
import { tempWorkspace } from '../temp-workspace.ts';

const NOTHING = { paths: [], reports: new Map(), skipped: [], unreadFolders: [] };

it('a scan says which folders it could not read', () => {
  const unreadFolders = Array.from({ length: 7 }, (_, i) => `d${i}/`);
  expect(
    coverageNotices({
      ...NOTHING,
      paths: ['a.js'],
      reports: new Map([['a.js', { issues: [], isParsable: true }]]),
      unreadFolders,
    }),
  ).toEqual(['folders that cannot be read are left out (7): d0/, d1/, d2/, d3/, d4/']);
});

it('a scan counts all skipped files and lists the first 200', () => {
  const skipped = Array.from({ length: 300 }, (_, i) => ({ path: `${i}.js`, reason: 'not UTF-8' }));
  const listed = listSkipped({ ...NOTHING, skipped });
  expect(listed.files_skipped).toBe(300);
  expect(listed.skipped).toEqual(skipped.slice(0, 200));
});

/** The superuser could read every folder. */
async function asOrdinaryUser<T>(read: () => Promise<T>): Promise<T> {
  const isSuperuser = process.geteuid?.() === 0;
  if (isSuperuser) process.seteuid?.('nobody');
  try {
    return await read();
  } finally {
    if (isSuperuser) process.seteuid?.(0);
  }
}

it.each([
  ['large.js', '/'.repeat(1024 * 1024 + 1), 'larger than 1024 KiB'],
  ['latin1.js', Uint8Array.of(0x2f, 0x2f, 0xe9), 'not UTF-8'],
  ['gone.js', null, 'it is gone, or cannot be read'],
])('the reason why %s is not read is known', async (path, content, reason) => {
  const { root } = tempWorkspace(content === null ? {} : { [path]: content });
  const reasons: string[] = [];
  const workspace = await openWorkspace(root, undefined, (...unread) => reasons.push(unread.join(': ')));
  expect(await workspace.read(path)).toBeNull();
  expect(reasons).toEqual([`${path}: ${reason}`]);
  await workspace.close();
});

it('a folder that cannot be read is reported', async () => {
  const { root } = tempWorkspace({ 'a.js': '', 'secret/b.js': '' });
  chmodSync(root, 0o755);
  chmodSync(join(root, 'secret'), 0);
  const reasons: string[] = [];
  const workspace = await openWorkspace(root, undefined, (...unread) => reasons.push(unread.join(': ')));
  expect(await asOrdinaryUser(() => workspace.sourceFiles())).toEqual(['a.js']);
  expect(reasons).toEqual(['secret/: it cannot be read']);
  chmodSync(join(root, 'secret'), 0o755);
  await workspace.close();
});
