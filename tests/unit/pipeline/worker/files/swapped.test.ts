import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';

import { expect, it, onTestFinished } from 'vitest';

import { ExporterError } from '../../../../../src/errors.ts';
import { tempWorkspace } from '../../temp-workspace.ts';
import { openTestWorkspace } from './open-test-workspace.ts';

const ATTEMPTS = 2000;

// Exchanges `lib`, and the file `top.js`, with symlinks that lead outside, as fast as it can.
const SWAPPER = `
const { renameSync, symlinkSync } = require('node:fs');
const [outside] = process.argv.slice(1);
symlinkSync(outside, 'lib-link');
symlinkSync(outside + '/a.js', 'top-link');
process.stdout.write('ready');
for (;;) {
  renameSync('lib', 'lib-real'); renameSync('lib-link', 'lib');
  renameSync('top.js', 'top-real'); renameSync('top-link', 'top.js');
  renameSync('lib', 'lib-link'); renameSync('lib-real', 'lib');
  renameSync('top.js', 'top-link'); renameSync('top-real', 'top.js');
}
`;

it('never reads or writes a file outside, however fast symlinks are swapped in', async () => {
  const outside = tempWorkspace({ 'a.js': 'secret' });
  const { root } = tempWorkspace({ 'lib/a.js': 'old', 'top.js': 'old' });
  const swapper = spawn(process.execPath, ['-e', SWAPPER, outside.root], { cwd: root });
  onTestFinished(() => void swapper.kill('SIGKILL'));
  await once(swapper.stdout, 'data');
  const workspace = await openTestWorkspace(root);

  const counts = { read: 0, written: 0, refused: 0, missing: 0 };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const path = attempt % 2 === 0 ? 'lib/a.js' : 'top.js';
    try {
      const text = await workspace.read(path);
      expect(['old', null]).toContain(text);
      if (text === null) counts.missing += 1;
      else counts.read += 1;
      // A file with the outside file's own text must not be found there, either.
      if (await workspace.write(path, 'secret', 'overwritten')) counts.written += 1;
      if (await workspace.write(path, 'old', 'old')) counts.written += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(ExporterError);
      expect(error).toMatchObject({ code: 'outside_workspace' });
      counts.refused += 1;
    }
  }
  // Both happened, so the swaps did come in between.
  expect(counts.written).toBeGreaterThan(0);
  expect(counts.refused).toBeGreaterThan(0);
  expect(outside.read('a.js')).toBe('secret');
  expect(readdirSync(outside.root)).toEqual(['a.js']);
  expect(readdirSync(root).filter((name) => name.startsWith('.mcp-exporter'))).toEqual([]);
}, 120_000);
