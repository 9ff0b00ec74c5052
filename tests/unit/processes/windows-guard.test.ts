import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

const GUARD = new URL('../../../src/processes/windows-guard.ts', import.meta.url).href;

/** A process that runs `program` with a guard, and the file with the arguments of each `taskkill`. */
async function guarded(program: string) {
  const folder = mkdtempSync(join(tmpdir(), 'windows-guard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const calls = join(folder, 'calls');
  writeFileSync(
    join(folder, 'taskkill'),
    `#!/bin/sh\necho "$@" >>"${calls}.new"; mv "${calls}.new" "${calls}"\n`,
    {
      mode: 0o755,
    },
  );
  const script = `
    const { startWindowsGuard } = await import(${JSON.stringify(GUARD)});
    const guard = startWindowsGuard((error) => { throw error; });
    ${program}
    console.log('ready');
    setInterval(() => undefined, 1000);`;
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, called: () => (existsSync(calls) ? readFileSync(calls, 'utf8') : '') };
}

// The program that it starts is a shell script here.
test.skipIf(process.platform === 'win32')(
  'the guard of Windows ends the trees of the latest processes when its parent is killed',
  async () => {
    const { child, called } = await guarded('guard.watch([11]); guard.watch([4711, 4712]);');
    expect(called()).toBe('');
    child.kill('SIGKILL');
    await expect.poll(called, { timeout: 20_000 }).toBe('/f /t /pid 4711 /pid 4712\n');
  },
);

test.skipIf(process.platform === 'win32')('a guard that is dismissed ends nothing', async () => {
  const { child, called } = await guarded(
    'guard.watch([11]); guard.dismiss(); const other = startWindowsGuard(() => undefined); other.watch([12]);',
  );
  child.kill('SIGKILL');
  await expect.poll(called, { timeout: 20_000 }).toBe('/f /t /pid 12\n');
  expect(called()).not.toContain('11');
});
