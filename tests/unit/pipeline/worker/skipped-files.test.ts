import { expect, it } from 'vitest';

import { unreadableReport } from '../../../../src/pipeline/contract/issue.ts';
import { openWorkspace } from '../../../../src/pipeline/worker/files/workspace.ts';
import { coverageNotices, listSkipped } from '../../../../src/pipeline/worker/skipped-files.ts';
import { tempWorkspace } from '../temp-workspace.ts';

const NOTHING = { paths: [], reports: new Map(), skipped: [] };

it('a scan says which folders it could not read, and what to do', () => {
  const reports = Array.from({ length: 7 }, (_, i) => [`d${i}/`, unreadableReport('denied')] as const);
  const [notice, ...others] = coverageNotices({ ...NOTHING, reports: new Map(reports) });
  expect(notice).toMatch(
    /^7 files or folders cannot be read \(d0\/, d1\/, d2\/, d3\/, d4\/, …\): give the user that runs mcp-exporter/,
  );
  expect(others).toEqual([]);
});

it('a scan counts all skipped files and lists the first 200', () => {
  const skipped = Array.from({ length: 300 }, (_, i) => ({ path: `${i}.js`, reason: 'not UTF-8' }));
  const listed = listSkipped({ ...NOTHING, skipped });
  expect(listed.files_skipped).toBe(300);
  expect(listed.skipped).toEqual(skipped.slice(0, 200));
});

it.each([
  ['large.js', '/'.repeat(1024 * 1024 + 1), 'larger than 1024 KiB'],
  ['latin1.js', Uint8Array.of(0x2f, 0x2f, 0xe9), 'not UTF-8'],
  ['gone.js', null, 'it is gone, or is not a file'],
])('the reason why %s is not read is known', async (path, content, reason) => {
  const { root } = tempWorkspace(content === null ? {} : { [path]: content });
  const reasons: string[] = [];
  const workspace = await openWorkspace(root, undefined, (...unread) => reasons.push(unread.join(': ')));
  expect(await workspace.read(path)).toBeNull();
  expect(reasons).toEqual([`${path}: ${reason}`]);
  await workspace.close();
});
