import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import writeFileAtomic from 'write-file-atomic';

import { announceTarget } from '../../../src/discovery/target-file.ts';

/** Above the largest process id that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;
const TARGET = '127.0.0.1:9001';

interface Group {
  readonly targets: string[];
  readonly labels: Record<string, string>;
}

function createFolder(files: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const groupsIn = (folder: string) =>
  readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Group[]);
const targetsIn = (folder: string) =>
  groupsIn(folder)
    .flatMap(({ targets }) => targets)
    .toSorted();
const fileOf = (target: string, pid: number, { host = hostname(), started = '1' } = {}): [Group] => [
  {
    targets: [target],
    labels: {
      server: 'x',
      __mcp_exporter_pid: String(pid),
      __mcp_exporter_host: host,
      __mcp_exporter_started: started,
    },
  },
];
const announce = (folder: string, target = TARGET, options: object = {}) =>
  announceTarget({ folder, target, labels: { server: 'files' }, ...options });
const aliveIs = (isAlive: boolean) => ({ isAlive: () => isAlive });

describe('a target', () => {
  test('is announced in a file of its own, with its labels and the process that announced it', () => {
    const folder = createFolder();
    announce(folder);
    expect(readdirSync(folder)).toEqual([
      expect.stringMatching(new RegExp(String.raw`^mcp-exporter-[\w.-]+-${process.pid}-9001\.json$`)),
    ]);
    expect(groupsIn(folder)).toEqual([
      {
        targets: [TARGET],
        labels: {
          server: 'files',
          __mcp_exporter_pid: String(process.pid),
          __mcp_exporter_host: hostname(),
          __mcp_exporter_started: String(Math.round(performance.timeOrigin)),
        },
      },
    ]);
  });

  test.each(['[::1]:9001', 'a/../b:9001'])(
    'such as %s has a file with a name that any system takes',
    (target) => {
      const folder = createFolder();
      announce(folder, target);
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^mcp-exporter-[\w.-]+-9001\.json$/)]);
      expect(targetsIn(folder)).toEqual([target]);
    },
  );

  test('is withdrawn with its file', () => {
    const folder = createFolder();
    announce(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is withdrawn once: one that was announced later stays', () => {
    const folder = createFolder();
    const first = announce(folder);
    first();
    announce(folder);
    first();
    expect(targetsIn(folder)).toEqual([TARGET]);
  });

  test('that another process of this host announced is replaced: the port has changed hands', () => {
    const folder = createFolder();
    announce(folder, TARGET, { pid: 4001, ...aliveIs(true) });
    announce(folder, '127.0.0.1:9002', { pid: 4002, ...aliveIs(true) });
    const first = announce(folder, TARGET, { pid: 4003, ...aliveIs(true) });
    const second = announce(folder, TARGET, { pid: 4004, ...aliveIs(true) });
    first();
    const pids = groupsIn(folder).map(({ labels }) => labels['__mcp_exporter_pid']);
    expect(pids).toEqual(['4002', '4004']);
    second();
    expect(targetsIn(folder)).toEqual(['127.0.0.1:9002']);
  });

  test('stands beside another target of the same process', () => {
    const folder = createFolder();
    announce(folder, 'a:1');
    announce(folder, 'a:2')();
    announce(folder, 'a:3');
    expect(targetsIn(folder)).toEqual(['a:1', 'a:3']);
  });

  test.each(['a-b', '1a', ''])('with the label %j, which Prometheus does not take, is refused', (name) => {
    const folder = createFolder();
    expect(() => announce(folder, TARGET, { labels: { [name]: 'x' } })).toThrow(TypeError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a file', () => {
  const foreign = {
    'node.json': fileOf('node:9100', 4001),
    'mcp-exporter-list.yml': fileOf('node:9100', 4001),
    'my-mcp-exporter-1.json': fileOf('node:9100', 4001),
    'mcp-exporter-empty.json': [],
    'mcp-exporter-no-labels.json': [{ targets: [TARGET] }],
    'mcp-exporter-odd.json': fileOf('odd:1', 4001).map((group) => ({
      ...group,
      labels: { ...group.labels, __mcp_exporter_pid: 'me' },
    })),
    'mcp-exporter-two.json': [...fileOf('a:1', 4001), ...fileOf('a:2', 4001)],
    'mcp-exporter-text.json': 'a mistake',
    'mcp-exporter-other.json': fileOf(TARGET, 4001, { host: 'another-host' }),
  };

  test.each(Object.keys(foreign))('of another program or host stays: %s', (name) => {
    const content = foreign[name as keyof typeof foreign];
    const folder = createFolder({ [name]: content });
    const withdraw = announce(folder, TARGET, aliveIs(false));
    withdraw();
    expect(readdirSync(folder)).toEqual([name]);
  });

  test('of a dead process is removed when a target is announced, and when it is withdrawn', () => {
    const dead = new Set([4001]);
    const folder = createFolder({
      'mcp-exporter-1.json': fileOf('a:1', 4001),
      'mcp-exporter-2.json': fileOf('a:2', 4002),
      'mcp-exporter-3.json': fileOf('a:3', 4003),
    });
    const withdraw = announce(folder, 'a:4', { isAlive: (pid: number) => !dead.has(pid) });
    expect(targetsIn(folder)).toEqual(['a:2', 'a:3', 'a:4']);
    dead.add(4002);
    withdraw();
    expect(targetsIn(folder)).toEqual(['a:3']);
  });

  test('of a process that does not exist is removed, and one of a process that runs stays', () => {
    const folder = createFolder({
      'mcp-exporter-1.json': fileOf('a:1', NO_PROCESS),
      'mcp-exporter-2.json': fileOf('a:2', process.ppid),
    });
    announce(folder);
    expect(targetsIn(folder)).toEqual([TARGET, 'a:2']);
  });

  test('of an earlier process with the same id is removed, as after the restart of a container', () => {
    const folder = createFolder({ 'mcp-exporter-1.json': fileOf('a:1', process.pid) });
    announce(folder);
    expect(targetsIn(folder)).toEqual([TARGET]);
  });

  test('of a process that may not be signalled stays', () => {
    const folder = createFolder({ 'mcp-exporter-1.json': fileOf('a:1', 4242) });
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
    });
    onTestFinished(() => kill.mockRestore());
    announce(folder);
    expect(kill).toHaveBeenCalledWith(4242, 0);
    expect(targetsIn(folder)).toContain('a:1');
  });

  test('that is a folder, a link or a pipe is left alone', () => {
    const folder = createFolder({ elsewhere: fileOf('a:1', NO_PROCESS) });
    mkdirSync(join(folder, 'mcp-exporter-folder.json'));
    symlinkSync('elsewhere', join(folder, 'mcp-exporter-link.json'));
    // Whoever reads it waits for a writer.
    execFileSync('mkfifo', [join(folder, 'mcp-exporter-pipe.json')]);
    announce(folder)();
    expect(readdirSync(folder)).toHaveLength(4);
  });
});

test('a target whose folder has disappeared is withdrawn without an error, and the folder is not created', () => {
  const folder = createFolder();
  const withdraw = announce(folder);
  rmSync(folder, { recursive: true });
  withdraw();
  expect(() => readdirSync(folder)).toThrow('ENOENT');
});

describe('a folder', () => {
  test.each(['a', 'a/b'])('that does not exist is an error, and is not created: %s', (path) => {
    const parent = createFolder();
    const folder = join(parent, path);
    expect(() => announce(folder)).toThrow(
      expect.objectContaining({
        code: 'discovery_failed',
        message: `the folder ${folder} does not exist`,
      }),
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  test('below /proc is one that does not exist', () => {
    expect(() => announce('/proc/mcp-exporter')).toThrow('the folder /proc/mcp-exporter does not exist');
  });

  test('that is a file is an error that says so', () => {
    const file = join(createFolder({ file: '[]' }), 'file');
    expect(() => announce(file)).toThrow(
      expect.objectContaining({ code: 'discovery_failed', message: `${file} is not a folder` }),
    );
  });
});

test('a log of an error has its cause’s message once', () => {
  const folder = createFolder();
  mkdirSync(join(folder, `mcp-exporter-${hostname()}-${process.pid}-9001.json`));
  let error: unknown;
  try {
    announce(folder);
  } catch (reason) {
    error = reason;
  }
  const logged = pino.stdSerializers.err(error as Error).message;
  expect(logged).toMatch(/cannot write .*-9001\.json: EISDIR/);
  expect(logged.match(/EISDIR/g)).toHaveLength(1);
});

test('the target file is readable by Prometheus whatever the umask', () => {
  const folder = createFolder();
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  announceTarget({ folder, target: TARGET, labels: {} });
  const [name = ''] = readdirSync(folder);
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o644);
});

describe('a file at the same path', () => {
  const ownFile = `mcp-exporter-${hostname()}-${process.pid}-9001.json`;

  test.each(['[{"targets":["node:91', '[{"targets":["node:9100"]}]', '{}'])(
    'is kept if it contains %s',
    (content) => {
      const folder = createFolder({ [ownFile]: content });
      expect(() => announce(folder)).toThrow(
        expect.objectContaining({
          code: 'discovery_failed',
          cause: expect.objectContaining({
            message: 'it contains the targets of another program, or is incomplete',
          }),
        }),
      );
      expect(readFileSync(join(folder, ownFile), 'utf8')).toBe(content);
    },
  );

  test.each(['', '[]\n', JSON.stringify(fileOf(TARGET, 4001))])(
    'is replaced if it contains %j',
    (content) => {
      const folder = createFolder({ [ownFile]: content });
      announce(folder);
      expect(targetsIn(folder)).toEqual([TARGET]);
    },
  );

  test.each(['EBUSY', 'EXDEV'])('is written in place if it is a mount point (%s)', (code) => {
    const folder = createFolder({ [ownFile]: '' });
    const file = join(folder, ownFile);
    chmodSync(file, 0o600);
    const { ino } = statSync(file);
    const fail = () => {
      throw Object.assign(new Error(code), { code });
    };
    vi.spyOn(writeFileAtomic, 'sync').mockImplementation(fail);
    onTestFinished(() => void vi.restoreAllMocks());
    announce(folder);
    expect(targetsIn(folder)).toEqual([TARGET]);
    expect(statSync(file)).toMatchObject({
      ino,
      mode: expect.toSatisfy((mode: number) => (mode & 0o777) === 0o644),
    });
  });
});
