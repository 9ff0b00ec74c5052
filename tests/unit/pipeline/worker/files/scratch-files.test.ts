import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { removeStrayFiles } from '../../../../../src/pipeline/worker/files/scratch-files.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from './open-test-workspace.ts';

const ENDED_PID = 2 ** 22 - 1;
const stray = (pid: number, digits = '0123456789abcdef') => `.mcp-exporter-${pid}-${digits}.tmp`;

describe('temporary files that a killed process left', () => {
  it('temporary files of a killed process are removed from the top folder and .git, and nothing else is', async () => {
    const kept = {
      'a.js': '',
      [`lib/${stray(ENDED_PID)}`]: 'another folder',
      '.mcp-exporter-1-0.tmp': 'another name',
      [stray(process.pid)]: 'of a process that runs',
    };
    const { root } = tempWorkspace({
      ...kept,
      [stray(ENDED_PID)]: '',
      [`.git/${stray(ENDED_PID)}`]: '',
    });
    await removeStrayFiles((await openTestWorkspace(root)).folder);
    expect(readdirSync(root).toSorted()).toEqual(
      ['.git', 'lib', ...Object.keys(kept).filter((name) => !name.includes('/'))].toSorted(),
    );
    expect(readdirSync(join(root, '.git'))).toEqual([]);
    expect(readdirSync(join(root, 'lib'))).toHaveLength(1);
  });

  it('temporary files of a zombie process are removed', async () => {
    // The shell becomes a program that does not wait for the child that it has inherited.
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    const { root } = tempWorkspace({ [stray(pid)]: '' });
    await removeStrayFiles((await openTestWorkspace(root)).folder);
    expect(readdirSync(root)).toEqual([]);
  });

  it('temporary files are removed after an hour even if a process of that id runs', async () => {
    const { root } = tempWorkspace({ [stray(process.pid)]: '' });
    utimesSync(join(root, stray(process.pid)), new Date(), new Date(Date.now() - 61 * 60 * 1000));
    await removeStrayFiles((await openTestWorkspace(root)).folder);
    expect(readdirSync(root)).toEqual([]);
  });

  it('temporary files behind a symlink are left alone', async () => {
    const outside = tempWorkspace({ [stray(ENDED_PID)]: '' });
    const { root } = tempWorkspace();
    symlinkSync(outside.root, join(root, '.git'));
    mkdirSync(join(root, 'folder'));
    await removeStrayFiles((await openTestWorkspace(root)).folder);
    expect(readdirSync(outside.root)).toHaveLength(1);
  });
});

describe('a write', () => {
  it('a write works in a repository whose .git cannot be used', async () => {
    const { root, read } = tempWorkspace({ '.git': 'gitdir: elsewhere', 'lib/a.js': 'old' });
    chmodSync(join(root, 'lib/a.js'), 0o750);
    expect(await (await openTestWorkspace(root)).write('lib/a.js', 'old', 'new')).toBe(true);
    expect(read('lib/a.js')).toBe('new');
    expect(readdirSync(root).toSorted()).toEqual(['.git', 'lib']);
  });
});
