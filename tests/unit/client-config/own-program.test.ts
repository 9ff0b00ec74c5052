import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { findProgramByPath, findShellProgram } from '../../../src/client-config/own-program.ts';

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
const find = (path: string | undefined) => findShellProgram({ ...INSTALLATION, path });

describe('a user starts mcp-exporter by its name', () => {
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
      findShellProgram({
        ...INSTALLATION,
        path,
        platform: 'win32',
        files: { isExecutable: (file) => files.has(file), realPath: (file) => file },
      });
    expect(findOnWindows(String.raw`C:\Windows;C:\npm`)).toEqual(['mcp-exporter']);
    expect(findOnWindows(String.raw`C:\a\node_modules\.bin`)).toEqual(BY_PATH);
  });
});

describe('a user starts it by Node and its path', () => {
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

describe('a user starts mcp-exporter by npx', () => {
  const BY_NPX = ['npx', '-y', 'mcp-exporter@1.2.3'];
  const findFrom = (cliPath: string, path?: string) => findShellProgram({ ...INSTALLATION, cliPath, path });

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

describe('a client starts it by absolute paths', () => {
  /** Programs, with the file behind each. */
  const findWith = (
    programs: Readonly<Record<string, string>>,
    given: Partial<Parameters<typeof findProgramByPath>[0]> = {},
  ) =>
    findProgramByPath({
      ...INSTALLATION,
      path: '/home/me/bin:/usr/local/bin:/usr/bin',
      files: {
        isExecutable: (file) => Object.hasOwn(programs, file),
        realPath: (file) => programs[file] ?? file,
      },
      ...given,
    });
  const CACHED = '/home/me/.npm/_npx/9f1c/node_modules/mcp-exporter/dist/cli.js';
  const GLOBAL = '/usr/local/lib/node_modules/mcp-exporter/dist/cli.js';

  test('which are those of the running Node and the running program', () => {
    expect(findWith({})).toEqual(BY_PATH);
    expect(findWith({}, { cliPath: GLOBAL })).toEqual(['/opt/node', GLOBAL]);
  });

  test('or of links to them on the PATH, which stay after an update', () => {
    const programs = {
      '/usr/local/bin/node': '/usr/local/Cellar/node/22.1.0/bin/node',
      '/usr/local/bin/mcp-exporter': GLOBAL,
    };
    const given = { execPath: '/usr/local/Cellar/node/22.1.0/bin/node', cliPath: GLOBAL };
    expect(findWith(programs, given)).toEqual(['/usr/local/bin/node', '/usr/local/bin/mcp-exporter']);
  });

  test.each([
    ['a shim of a version manager', { '/home/me/bin/node': '/home/me/bin/node' }],
    ['another Node', { '/home/me/bin/node': '/opt/node-18/bin/node' }],
    ['a script that starts the program', { '/home/me/bin/mcp-exporter': '/home/me/bin/mcp-exporter' }],
    ['another installation', { '/home/me/bin/mcp-exporter': GLOBAL }],
  ])('and not of %s', (_title, programs) => {
    expect(findWith(programs)).toEqual(BY_PATH);
  });

  test.each([
    ['beside Node', { '/opt/npx': '/opt/npx', '/usr/bin/npx': '/usr/bin/npx' }, '/opt/npx'],
    ['on the PATH', { '/usr/bin/npx': '/usr/bin/npx' }, '/usr/bin/npx'],
    ['nowhere', {}, 'npx'],
  ])('npx starts it if it runs from the cache of npx: npx is %s', (_title, programs, npx) => {
    expect(findWith(programs, { cliPath: CACHED })).toEqual([npx, '-y', 'mcp-exporter@1.2.3']);
  });

  test('an installation on the PATH starts it, even if npx runs another one', () => {
    const link = '/usr/local/bin/mcp-exporter';
    expect(findWith({ [link]: GLOBAL }, { cliPath: CACHED })).toEqual(['/opt/node', link]);
    expect(findWith({ [link]: CACHED }, { cliPath: CACHED })).toEqual(['npx', '-y', 'mcp-exporter@1.2.3']);
  });

  describe('on Windows', () => {
    const given = {
      platform: 'win32',
      path: String.raw`C:\Program Files\nodejs;C:\npm`,
      execPath: String.raw`C:\Program Files\nodejs\node.exe`,
      cliPath: String.raw`C:\npm\node_modules\mcp-exporter\dist\cli.js`,
    } as const;

    test('Node starts the file, because clients cannot start a .cmd without a shell', () => {
      const programs = { [String.raw`C:\npm\mcp-exporter.cmd`]: '' };
      expect(findWith(programs, given)).toEqual([given.execPath, given.cliPath]);
    });

    test('Node starts the npx that belongs to it', () => {
      const cliPath = String.raw`C:\Users\me\npm-cache\_npx\9f1c\node_modules\mcp-exporter\dist\cli.js`;
      const npx = String.raw`C:\Program Files\nodejs\node_modules\npm\bin\npx-cli.js`;
      expect(findWith({ [npx]: npx }, { ...given, cliPath })).toEqual([
        given.execPath,
        npx,
        '-y',
        'mcp-exporter@1.2.3',
      ]);
    });
  });
});
