import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { loadSpawn } from '../../../src/processes/load-spawn.ts';

interface Parsed {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: { readonly windowsVerbatimArguments?: boolean };
}

/** What cross-spawn gives to the system on Windows, where these files are on the PATH. */
async function windowsCommand(files: Record<string, string>, command: string, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'windows-path-'));
  const { platform } = process;
  const { PATH, PATHEXT, comspec } = process.env;
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
    Object.defineProperty(process, 'platform', { value: platform });
    vi.resetModules();
    for (const [name, value] of Object.entries({ PATH, PATHEXT, comspec })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  Object.defineProperty(process, 'platform', { value: 'win32' });
  Object.assign(process.env, { PATH: folder, PATHEXT: '.COM;.EXE;.BAT;.CMD', comspec: 'cmd.exe' });
  const { createRequire } = await import('node:module');
  const require = createRequire(import.meta.url);
  for (const file of Object.keys(require.cache)) {
    if (/[\\/](cross-spawn|which|isexe)[\\/]/.test(file)) Reflect.deleteProperty(require.cache, file);
  }
  const { _parse } = require('cross-spawn') as { _parse: (...parts: unknown[]) => Parsed };
  return _parse(command, args, { stdio: 'pipe' });
}

test('other systems start programs with Node’s own spawn', async () => {
  expect(await loadSpawn('linux')).toBe(spawn);
  expect(await loadSpawn('darwin')).toBe(spawn);
});

test('Windows starts programs with cross-spawn', async () => {
  const crossSpawn = await loadSpawn('win32');
  expect(crossSpawn).not.toBe(spawn);
  expect(crossSpawn.name).toBe('spawn');
});

test.each(['npx', 'uvx', 'npx.CMD'])(
  'on Windows, %s starts by cmd.exe, because it is a .cmd file',
  async (name) => {
    const { command, args, options } = await windowsCommand(
      { 'npx.CMD': '', 'uvx.CMD': '' },
      name,
      '-y',
      'pkg',
    );
    expect([command, ...args]).toEqual(['cmd.exe', '/d', '/s', '/c', `"${name} ^"-y^" ^"pkg^""`]);
    expect(options.windowsVerbatimArguments).toBe(true);
  },
);

test('on Windows, a .exe file starts without cmd.exe, and its arguments are left to Node', async () => {
  const args = ['run', 'a b', '"c"'];
  const started = await windowsCommand({ 'uv.EXE': '', 'uv.CMD': '' }, 'uv', ...args);
  expect(started).toMatchObject({ command: 'uv', args });
});

test.each([
  ['a space', 'C:\\Program Files\\x', '^"C:\\Program^ Files\\x^"'],
  ['quotes', 'say "hi"', '^"say^ \\^"hi\\^"^"'],
  ['a backslash at its end', 'C:\\x\\', '^"C:\\x\\\\^"'],
  ['a variable', '%APPDATA%', '^"^%APPDATA^%^"'],
  ['characters of cmd.exe', 'a&b|c<d>e^f', '^"a^&b^|c^<d^>e^^f^"'],
  ['JSON', '{"a":1}', '^"{\\^"a\\^":1}^"'],
  ['nothing', '', '^"^"'],
])('on Windows, an argument with %s is quoted for cmd.exe', async (_, argument, quoted) => {
  const { args } = await windowsCommand({ 'npx.CMD': '' }, 'npx', argument);
  expect(args.at(-1)).toBe(`"npx ${quoted}"`);
});
