import { describe, expect, it } from 'vitest';

import { WorkingCopy } from '../../../../../src/pipeline/worker/files/working-copy.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from './open-test-workspace.ts';

describe('a dry run', () => {
  it('a dry run sees its own changes and leaves the disk unchanged', async () => {
    const { root, read } = tempWorkspace({ 'a.js': 'one\n' });
    const files = new WorkingCopy(await openTestWorkspace(root), { isDryRun: true });
    expect(files.hasProposals).toBe(false);
    expect(await files.write('a.js', 'one\n', 'two\n')).toBe(true);
    expect(await files.write('a.js', 'one\n', 'late\n')).toBe(false);
    expect(await files.write('a.js', 'two\n', 'three\n')).toBe(true);
    expect(await files.read('a.js')).toBe('three\n');
    expect(read('a.js')).toBe('one\n');
    expect(files.hasProposals).toBe(true);
  });

  it('a dry run gives one diff that git can apply', async () => {
    const before = { 'b.js': 'one\ntwo', 'a dir/ü.js': 'x\r\ny\r\n', 'same.js': 'x\n' };
    const after = { 'b.js': 'one\n2', 'a dir/ü.js': 'x\r\nz\r\n', 'same.js': 'x\n' };
    const workspace = tempWorkspace(before);
    const files = new WorkingCopy(await openTestWorkspace(workspace.root), { isDryRun: true });
    for (const [path, text] of Object.entries(before)) {
      await files.write(path, text, 'between');
      await files.write(path, 'between', after[path as keyof typeof after]);
    }
    const { diff, diff_truncated } = files.diff();
    expect(diff_truncated).toBe(false);
    expect(diff).not.toContain('same.js');
    workspace.write('the.patch', diff);
    workspace.git('init', '--quiet');
    workspace.git('apply', 'the.patch');
    for (const [path, text] of Object.entries(after)) expect(workspace.read(path)).toBe(text);
  });

  it('a dry run says when its diff was cut', async () => {
    const { root } = tempWorkspace({ 'a.js': 'x'.repeat(150_000) });
    const files = new WorkingCopy(await openTestWorkspace(root), { isDryRun: true });
    await files.write('a.js', 'x'.repeat(150_000), 'y'.repeat(150_000));
    expect(files.diff()).toMatchObject({ diff_truncated: true });
  });
});

describe('a real run', () => {
  it('a real run writes and reports its changes', async () => {
    const { root, read } = tempWorkspace({ 'a.js': 'one\n' });
    const files = new WorkingCopy(await openTestWorkspace(root), { isDryRun: false });
    expect(await files.write('a.js', 'one\n', 'two\n')).toBe(true);
    expect(await files.write('a.js', 'one\n', 'three\n')).toBe(false);
    expect(read('a.js')).toBe('two\n');
    expect(files.hasProposals).toBe(false);
    expect(files.diff().diff).toContain('-one\n+two\n');
  });
});
