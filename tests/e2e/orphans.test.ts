import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy, hub } from '../support/cli-process.ts';
import { samplesOf, total as totalOf } from '../support/exposition.ts';
import { markedProcesses, processesWith } from '../support/marked-process.ts';
import { TINY_SERVER } from '../support/tiny-server.ts';

const PATH = process.env['PATH'] ?? '';
const ENV = { PATH, ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }) };

/** Ignores the end of stdin, and every signal that can be ignored. */
const STUBBORN = `
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => undefined);
  process.stdin.resume();
  setInterval(() => undefined, 1000);
`;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const;

function startProxy(command: string[]) {
  const child = spawn(process.execPath, [CLI, 'proxy', '--', ...command], { env: ENV });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'exit') };
}

describe('no server outlives its proxy that is killed', () => {
  test.each([
    ['itself', (marker: string) => [process.execPath, '-e', STUBBORN, marker], 1],
    [
      'behind a shell',
      // Two commands: a shell replaces itself by a single one.
      (marker: string) => ['sh', '-c', '"$0" -e "$1" "$2"; true', process.execPath, STUBBORN, marker],
      2,
    ],
    [
      'behind two shells, in the background and in a session of its own',
      (marker: string) => [
        'sh',
        '-c',
        'setsid sh -c \'"$0" -e "$1" "$2" & wait\' "$0" "$1" "$2"; true',
        process.execPath,
        STUBBORN,
        marker,
      ],
      3,
    ],
  ])('%s', async (_, command, count) => {
    const { marker, running } = markedProcesses();
    const { child } = startProxy(command(marker));
    // The proxy itself has the marker among its arguments.
    await running(count + 1);
    child.kill('SIGKILL');
    await running(0);
  });

  test('no background process of a server outlives its killed proxy', async () => {
    const { marker, running } = markedProcesses();
    const script = '"$0" -e "$1" "$2" <&- & exec cat';
    const { child } = startProxy(['sh', '-c', script, process.execPath, STUBBORN, marker]);
    await running(2);
    // The guard learns of new processes twice a second.
    await delay(1500);
    child.kill('SIGKILL');
    await running(0);
  });

  test('although it starts after the kill, in a session of its own, and its wrapper ends', async () => {
    const { marker, running } = markedProcesses();
    const late = `trap '' TERM; echo ready; read -r _; sleep 0.2; setsid "$0" -e "$1" "$2" <&0 & sleep 0.1; exit 0`;
    const { child } = startProxy(['sh', '-c', late, process.execPath, STUBBORN, marker]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await running(0);
  });

  test('although the program’s name is killed: `pkill -9 -f mcp-exporter`', async () => {
    const { marker, pids, running } = markedProcesses();
    const { child } = startProxy([process.execPath, '-e', STUBBORN, marker]);
    await running(2);
    const guards = processesWith('orphan-guard').map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    expect(guards.length).toBeGreaterThan(0);
    expect(guards.filter((command) => command.includes('mcp-exporter'))).toEqual([]);
    expect(pids()).toHaveLength(2);
    child.kill('SIGKILL');
    await running(0);
  });

  test('while it starts', async () => {
    const { marker, pids, running } = markedProcesses();
    const { child } = startProxy([process.execPath, '-e', STUBBORN, marker]);
    await expect.poll(pids, { interval: 1 }).toHaveLength(2);
    child.kill('SIGKILL');
    await running(0);
  });
});

describe.each(SIGNALS)('a server behind a wrapper, whose proxy gets %s,', (signal) => {
  test('a server is ended although its wrapper ends first', async () => {
    const { marker, running } = markedProcesses();
    const wrapper = `trap 'exit 9' INT TERM HUP QUIT; "$0" -e "$1" "$2" <&0 & wait`;
    const { child, ended } = startProxy(['sh', '-c', wrapper, process.execPath, STUBBORN, marker]);
    await running(3);
    child.kill(signal);
    expect(await ended).toEqual(signal === 'SIGKILL' ? [null, signal] : [9, null]);
    await running(0);
  });
});

test('a process that a server leaves behind may go on, as without the proxy', async () => {
  const { marker, pids } = markedProcesses();
  const script = `
    require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', process.argv[1]],
      { stdio: 'ignore', detached: true }).unref();
    process.stdout.write(String(process.pid), () => process.exit(5));
  `;
  const { child, ended } = startProxy([process.execPath, '-e', script, marker]);
  const serverPid = await text(child.stdout);
  expect(await ended).toEqual([5, null]);
  // The guard has ended, too, and has not ended anything.
  await expect.poll(() => processesWith('orphan-guard', serverPid)).toEqual([]);
  expect(pids()).toHaveLength(1);
});

describe('the end of a watched process with a hub that hangs', () => {
  /** Takes connections and never responds, or never ends a response. */
  async function hangingHub(isEndless: boolean) {
    const server = createServer((request, response) => {
      request.resume();
      if (!isEndless) return;
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function endTimeMs(child: ChildProcess, isReady: Promise<unknown>): Promise<number> {
    onTestFinished(() => void child.kill('SIGKILL'));
    await isReady;
    const startMs = performance.now();
    child.stdin?.end();
    await once(child, 'exit');
    return performance.now() - startMs;
  }

  const proxied = (hubUrl: string) => {
    const args = [CLI, 'proxy', '--hub', hubUrl, '--', process.execPath, ...TINY_SERVER];
    const child = spawn(process.execPath, args, { env: ENV, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    return endTimeMs(child, once(child.stdout, 'data'));
  };
  /** A program with the hook, which ends because nothing is left to do. */
  const hooked = (hubUrl: string) => {
    const script = `
      import { createExporter } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const exporter = createExporter();
      await exporter.start();
      exporter.sessions.open('s').startMonitoring('n');
      process.stdin.resume();
      console.log('ready');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH, MONITORING_LOG_LEVEL: 'silent', MONITORING_HUB_URL: hubUrl },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return endTimeMs(child, once(child.stdout, 'data'));
  };

  test.each([
    ['a proxied server', proxied, false],
    ['a proxied server', proxied, true],
    ['a program with the hook', hooked, false],
    ['a program with the hook', hooked, true],
  ] as const)('a hub that hangs does not delay the end of %s (%#)', async (_, start, isEndless) => {
    const { base } = await hub();
    const withHub = await start(base.href);
    const withHanging = await start(await hangingHub(isEndless));
    // It was 2 s and more. The machine may be busy: only the difference is looked at.
    expect(withHanging - withHub).toBeLessThan(1000);
  });

  test('a working hub has received everything when a watched process ends', async () => {
    const { base } = await hub();
    await proxied(base.href);
    const samples = async () => samplesOf(await (await fetch(new URL('/metrics', base))).text());
    const pings = async () =>
      totalOf(await samples(), 'mcp_server_operation_duration_seconds_count', { mcp_method_name: 'ping' });
    await expect.poll(pings).toBe(1);
    await expect.poll(async () => totalOf(await samples(), 'mcp_exporter_reporters', {})).toBe(0);
  });
});
