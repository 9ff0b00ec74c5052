import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { announceTarget } from '../../../src/discovery/file-sd.ts';

const ANNOUNCING_PROCESS = fileURLToPath(new URL('announcing-process.ts', import.meta.url));
/** Above the largest process id that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

interface Group {
  readonly targets: string[];
  readonly labels: Record<string, string>;
}

function createFile(content?: unknown) {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'targets.json');
  if (content !== undefined) {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { directory, file };
}

const groupsIn = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Group[];
const targetsIn = (file: string) => groupsIn(file).flatMap(({ targets }) => targets);
const ours = (target: string, pid: number, host = hostname()): Group => ({
  targets: [target],
  labels: { server: 'x', __mcp_exporter_pid: String(pid), __mcp_exporter_host: host },
});
const announce = async (file: string, target = '127.0.0.1:9001') =>
  announceTarget({ file, target, labels: { server: 'files' } });

/** A process that stands ready to announce `target`. */
async function startProcess(file: string, target: string): Promise<ChildProcess> {
  const child = fork(ANNOUNCING_PROCESS, [file, target], { execArgv: ['--import', 'tsx'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

async function tellToAnnounce(child: ChildProcess): Promise<void> {
  const announced = once(child, 'message');
  child.send('announce');
  await announced;
}

describe('a target', () => {
  test('is announced with its labels and who announced it, in a file that is created', async () => {
    const { file } = createFile();
    await announce(file);
    expect(groupsIn(file)).toEqual([
      {
        targets: ['127.0.0.1:9001'],
        labels: {
          server: 'files',
          __mcp_exporter_pid: String(process.pid),
          __mcp_exporter_host: hostname(),
          __mcp_exporter_started: expect.stringMatching(/^\d+$/) as string,
        },
      },
    ]);
  });

  test('is added to an empty file', async () => {
    const { file } = createFile('\n');
    await announce(file);
    expect(targetsIn(file)).toEqual(['127.0.0.1:9001']);
  });

  test('leaves an empty list, and no other file, when it is withdrawn', async () => {
    const { directory, file } = createFile();
    const announcement = await announce(file);
    announcement.withdraw();
    expect(groupsIn(file)).toEqual([]);
    expect(readdirSync(directory)).toEqual(['targets.json']);
  });

  test('is withdrawn once: what was announced later stays', async () => {
    const { file } = createFile();
    const first = await announce(file);
    first.withdraw();
    await announce(file);
    first.withdraw();
    expect(targetsIn(file)).toEqual(['127.0.0.1:9001']);
  });

  test('replaces what another process of this host announced on the same port', async () => {
    const { file } = createFile([ours('127.0.0.1:9001', 4242), ours('127.0.0.1:9002', 4242)]);
    await announceTarget({ file, target: '127.0.0.1:9001', labels: {}, isAlive: () => true });
    expect(groupsIn(file).map(({ targets, labels }) => [targets[0], labels['__mcp_exporter_pid']])).toEqual([
      ['127.0.0.1:9002', '4242'],
      ['127.0.0.1:9001', String(process.pid)],
    ]);
  });

  test('that another process has announced since is not withdrawn', async () => {
    const { file } = createFile();
    const isAlive = () => true;
    const before = { file, target: '127.0.0.1:9001', labels: {}, isAlive };
    const first = await announceTarget({ ...before, pid: 4241 });
    await announceTarget({ ...before, pid: 4242 });
    first.withdraw();
    expect(groupsIn(file).map(({ labels }) => labels['__mcp_exporter_pid'])).toEqual(['4242']);
  });

  test('needs labels that Prometheus takes', async () => {
    const { directory, file } = createFile();
    await expect(announceTarget({ file, target: 'a:1', labels: { 'a-b': 'x' } })).rejects.toThrow(TypeError);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('entries', () => {
  const foreign = [
    { targets: ['node:9100'], labels: { job: 'node' } },
    { targets: ['127.0.0.1:9001'] },
    { targets: ['odd:1'], labels: { __mcp_exporter_pid: 'me', __mcp_exporter_host: hostname() } },
    'a mistake',
    ours('127.0.0.1:9001', 4242, 'another-host'),
  ];

  test('of other people and of other hosts stay as they are', async () => {
    const { file } = createFile(foreign);
    const options = { file, target: '127.0.0.1:9001', labels: {}, isAlive: () => false };
    const announcement = await announceTarget(options);
    expect(groupsIn(file)).toHaveLength(foreign.length + 1);
    expect(groupsIn(file).slice(0, -1)).toEqual(foreign);
    announcement.withdraw();
    expect(groupsIn(file)).toEqual(foreign);
  });

  test('of dead processes are removed when a target is announced, and when it is withdrawn', async () => {
    const dead = new Set([4001]);
    const { file } = createFile([ours('a:1', 4001), ours('a:2', 4002), ours('a:3', 4003)]);
    const isAlive = (pid: number) => !dead.has(pid);
    const announcement = await announceTarget({ file, target: 'a:4', labels: {}, isAlive });
    expect(targetsIn(file)).toEqual(['a:2', 'a:3', 'a:4']);
    dead.add(4002);
    announcement.withdraw();
    expect(targetsIn(file)).toEqual(['a:3']);
  });

  test('of an earlier process with the same id are removed, as after the restart of a container', async () => {
    const earlier = ours('127.0.0.1:9002', process.pid);
    const { file } = createFile([{ ...earlier, labels: { ...earlier.labels, __mcp_exporter_started: '1' } }]);
    await announce(file);
    expect(targetsIn(file)).toEqual(['127.0.0.1:9001']);
  });

  test('of this process are kept side by side', async () => {
    const { file } = createFile();
    await announce(file, 'a:1');
    await announce(file, 'a:2');
    expect(targetsIn(file)).toEqual(['a:1', 'a:2']);
  });

  test('of a process that may not be signalled stay', async () => {
    const { file } = createFile([ours('a:1', 4242)]);
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
    });
    onTestFinished(() => kill.mockRestore());
    await announce(file);
    expect(kill).toHaveBeenCalledWith(4242, 0);
    expect(targetsIn(file)).toContain('a:1');
  });
});

describe('a file that is not a list is refused, and stays:', () => {
  test.each([
    ['an object', '{"targets":[]}', 'expected a JSON array of'],
    ['text', 'targets: []', 'expected JSON'],
  ])('%s', async (_title, content, message) => {
    const { directory, file } = createFile(content);
    await expect(announce(file)).rejects.toMatchObject({
      code: 'discovery_failed',
      message: expect.stringContaining(`${file}: ${message}`) as string,
    });
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(readdirSync(directory)).toEqual(['targets.json']);
  });

  test('also when a target is withdrawn, which never throws', async () => {
    const { file } = createFile();
    const announcement = await announce(file);
    writeFileSync(file, 'not ours');
    announcement.withdraw();
    expect(readFileSync(file, 'utf8')).toBe('not ours');
  });
});

test('a target whose folder is gone is withdrawn without a word, and the folder stays gone', async () => {
  const { directory, file } = createFile();
  const announcement = await announce(file);
  rmSync(directory, { recursive: true });
  announcement.withdraw();
  expect(() => readdirSync(directory)).toThrow('ENOENT');
});

describe('a folder', () => {
  test.each(['a', 'a/b'])('that does not exist is an error, and stays away: %s', async (path) => {
    const { directory } = createFile();
    const folder = join(directory, path);
    await expect(announce(join(folder, 'targets.json'))).rejects.toMatchObject({
      code: 'discovery_failed',
      message: `the folder ${folder} does not exist`,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('below /proc is one that does not exist', async () => {
    await expect(announce('/proc/mcp-exporter/targets.json')).rejects.toMatchObject({
      message: 'the folder /proc/mcp-exporter does not exist',
    });
  });

  test('that is a file is an error that says so', async () => {
    const { file } = createFile('[]');
    await expect(announce(join(file, 'targets.json'))).rejects.toMatchObject({
      code: 'discovery_failed',
      message: `${file} is not a folder`,
    });
  });
});

test('a log of an error has its cause’s message once', async () => {
  const { directory, file } = createFile();
  mkdirSync(file);
  const error: unknown = await announce(file).catch((reason: unknown) => reason);
  const logged = pino.stdSerializers.err(error as Error).message;
  expect(logged).toContain(`cannot read ${file}: EISDIR`);
  expect(logged.match(/EISDIR/g)).toHaveLength(1);
  expect(readdirSync(directory)).toEqual(['targets.json']);
});

test('processes that start and stop at the same moment lose no target, and leave none', async () => {
  const { directory, file } = createFile();
  const targets = Array.from({ length: 8 }, (_, i) => `127.0.0.1:${9001 + i}`);
  const children = await Promise.all(targets.map(async (target) => startProcess(file, target)));
  writeFileSync(`${file}.lock`, `${NO_PROCESS} ${hostname()}`); // All of them want to take it over.
  await Promise.all(children.map(tellToAnnounce));
  expect(targetsIn(file).toSorted()).toEqual(targets);

  const exits = children.map(async (child) => once(child, 'exit'));
  for (const child of children) child.disconnect();
  expect(await Promise.all(exits)).toEqual(targets.map(() => [0, null]));
  expect(groupsIn(file)).toEqual([]);
  expect(readdirSync(directory)).toEqual(['targets.json']);
});

test('what a killed process left behind goes with the next announcement', async () => {
  const { file } = createFile();
  const child = await startProcess(file, '127.0.0.1:9001');
  await tellToAnnounce(child);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  expect(targetsIn(file)).toEqual(['127.0.0.1:9001']);

  await announce(file, '127.0.0.1:9002');
  expect(targetsIn(file)).toEqual(['127.0.0.1:9002']);
});
