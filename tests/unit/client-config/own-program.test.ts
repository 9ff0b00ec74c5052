import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { findOwnProgram } from '../../../src/client-config/own-program.ts';

const BY_PATH = ['/opt/node', '/srv/dist/cli.js'];

function createFolder(path: string, file?: { name: string; mode: number }) {
  const root = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  if (file) writeFileSync(join(folder, file.name), '', { mode: file.mode });
  return folder;
}

const INSTALLATION = {
  platform: 'linux',
  execPath: '/opt/node',
  cliPath: '/srv/dist/cli.js',
  version: '1.2.3',
} as const;
const find = (path: string | undefined) => findOwnProgram({ ...INSTALLATION, path });

describe('mcp-exporter is started by its name', () => {
  test('mcp-exporter is started by its name if it is on the PATH', () => {
    const folder = createFolder('bin', { name: 'mcp-exporter', mode: 0o755 });
    expect(find(`/nowhere:${folder}:/bin`)).toEqual(['mcp-exporter']);
  });

  test('mcp-exporter is started by its name on Windows, where npm installs a .cmd', () => {
    const files = new Set([
      String.raw`C:\npm\mcp-exporter.cmd`,
      String.raw`C:\a\node_modules\.bin\mcp-exporter.cmd`,
    ]);
    const findOnWindows = (path: string) =>
      findOwnProgram({
        ...INSTALLATION,
        path,
        platform: 'win32',
        isExecutable: (file) => files.has(file),
      });
    expect(findOnWindows(String.raw`C:\Windows;C:\npm`)).toEqual(['mcp-exporter']);
    expect(findOnWindows(String.raw`C:\a\node_modules\.bin`)).toEqual(BY_PATH);
  });
});

describe('it is started by Node and its path', () => {
  test.each([
    ['below node_modules, as npx has it', 'node_modules/.bin', { name: 'mcp-exporter', mode: 0o755 }],
    ['not executable', 'bin', { name: 'mcp-exporter', mode: 0o644 }],
    ['another program', 'bin', { name: 'mcp-exporter-2', mode: 0o755 }],
    ['a folder', 'bin/mcp-exporter/..', undefined],
  ])('where what the PATH has is %s', (_title, path, file) => {
    const folder = createFolder(path, file);
    if (!file) mkdirSync(join(folder, 'mcp-exporter'), { recursive: true });
    expect(find(folder)).toEqual(BY_PATH);
  });

  test.each([undefined, '', '.', 'bin:./bin'])(
    'mcp-exporter is started by its path if the PATH is %j',
    (path) => {
      const folder = createFolder('bin', { name: 'mcp-exporter', mode: 0o755 });
      expect(find(path)).toEqual(BY_PATH);
      expect(find(`${path ?? ''}:${folder}`)).toEqual(['mcp-exporter']);
    },
  );
});

describe('mcp-exporter is started by npx', () => {
  const BY_NPX = ['npx', '-y', 'mcp-exporter@1.2.3'];
  const findFrom = (cliPath: string, path?: string) => findOwnProgram({ ...INSTALLATION, cliPath, path });

  test.each([
    '/home/me/.npm/_npx/9f1c/node_modules/mcp-exporter/dist/cli.js',
    String.raw`C:\Users\me\AppData\Local\npm-cache\_npx\9f1c\node_modules\mcp-exporter\dist\cli.js`,
    '/home/me/.cache/pnpm/dlx/1a/2b/node_modules/.pnpm/mcp-exporter@1.2.3/node_modules/mcp-exporter/dist/cli.js',
    '/tmp/xfs-1a2b/dlx-417/node_modules/mcp-exporter/dist/cli.js',
    '/tmp/bunx-1000-mcp-exporter@latest/node_modules/mcp-exporter/dist/cli.js',
  ])('mcp-exporter is started by npx if it runs as %s', (cliPath) => {
    expect(findFrom(cliPath)).toEqual(BY_NPX);
  });

  test.each([
    '/home/me/project/node_modules/mcp-exporter/dist/cli.js',
    '/usr/lib/node_modules/mcp-exporter/dist/cli.js',
    '/srv/_npx/dist/cli.js',
  ])('an installation that stays is started by its path: %s', (cliPath) => {
    expect(findFrom(cliPath)).toEqual(['/opt/node', cliPath]);
  });

  test('an installation on the PATH is started by its name, even if npx runs another one', () => {
    const folder = createFolder('bin', { name: 'mcp-exporter', mode: 0o755 });
    expect(findFrom('/home/me/.npm/_npx/9f1c/node_modules/mcp-exporter/dist/cli.js', folder)).toEqual([
      'mcp-exporter',
    ]);
  });
});
