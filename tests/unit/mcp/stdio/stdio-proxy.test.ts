import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';

import { expect, onTestFinished, test, vi } from 'vitest';

import { ExporterError } from '../../../../src/errors.ts';
import { CLOSED } from '../../../../src/mcp/protocol/request-end.ts';
import { ConversationEnd } from '../../../../src/mcp/stdio/conversation-end.ts';
import { proxyStdio, spawnServer, type ServerProcess } from '../../../../src/mcp/stdio/stdio-proxy.ts';
import type { StdioWatch } from '../../../../src/mcp/stdio/stdio-watch.ts';

/** A watch that writes down what it is told. */
function recording() {
  const told: string[] = [];
  const watch: StdioWatch = {
    serverStarted: () => void told.push('started'),
    sent: (direction, chunk) => void told.push(`${direction}: ${chunk.toString()}`),
    endInFlight: ({ errorType, error }) => void told.push(`in flight: ${errorType}, ${error}`),
    serverExited: ({ code, signal }, { errorType }) =>
      void told.push(`exited: ${signal ?? code}, ${errorType}`),
    failed: (error) => void told.push(`failed: ${String(error)}`),
  };
  return { told, watch };
}

/** A conversation whose server's process ends when the test says so. */
function conversation(exited: { exitCode?: number; signalCode?: NodeJS.Signals } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const process = Object.assign(new EventEmitter(), {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    exitCode: null as number | null,
    signalCode: null as NodeJS.Signals | null,
    ...exited,
  });
  const { told, watch } = recording();
  const ending = new ConversationEnd(() => 1);
  const server = process as unknown as ServerProcess;
  let isOver = false;
  const exit = proxyStdio({ server, stdin, stdout, watch, ending });
  void exit.then(() => (isOver = true));
  return { stdin, stdout, process, told, ending, exit, isOver: () => isOver };
}

const STDOUT_CLOSED = 'in flight: connection_closed, the server closed its stdout before it responded';

test('a proxied conversation is forwarded and observed from its start to the exit of its server', async () => {
  const { stdin, stdout, process, told, exit } = conversation();
  expect(told).toEqual(['started']);
  stdin.write('a');
  await turn();
  process.stdout.write('b');
  await turn();
  stdin.end();
  await turn();
  process.stdout.end();
  process.emit('exit', 0, null);
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(await text(process.stdin)).toBe('a');
  expect(await text(stdout)).toBe('b');
  expect(told).toEqual(['started', 'client_to_server: a', 'server_to_client: b', 'exited: 0, cancelled']);
});

test.each([
  [3, null],
  [0, null],
  [null, 'SIGTERM'],
] as const)(
  'a server that exits by itself (code %s, signal %s) fails what is in flight',
  async (code, signal) => {
    const { process, told, exit } = conversation();
    process.stdout.end();
    process.emit('exit', code, signal);
    expect(await exit).toEqual({ code, signal });
    expect(told).toEqual(['started', `exited: ${signal ?? code}, server_exited`]);
  },
);

test.each([
  [{ exitCode: 3 }, { code: 3, signal: null }],
  [{ exitCode: 0 }, { code: 0, signal: null }],
  [{ signalCode: 'SIGKILL' }, { code: null, signal: 'SIGKILL' }],
] as const)('a server that had exited before (%j) is not waited for', async (exited, expected) => {
  const { process, exit } = conversation(exited);
  process.stdout.end();
  expect(await exit).toEqual(expected);
});

test.each<[string, (running: ReturnType<typeof conversation>) => unknown]>([
  ['stdin fails', ({ stdin }) => stdin.destroy(new Error('EIO'))],
  ['stdout fails', ({ stdout }) => stdout.destroy(new Error('EPIPE'))],
])('a server that crashes after the client’s %s was left by its client', async (_title, act) => {
  const running = conversation();
  act(running);
  await turn();
  running.process.stdout.destroy();
  running.process.emit('exit', 1, null);
  await running.exit;
  expect(running.told.at(-1)).toBe('exited: 1, cancelled');
});

test('a server that crashes after the end of stdin fails the calls in flight', async () => {
  const { stdin, process, told, exit } = conversation();
  stdin.end();
  await turn();
  process.stdout.end();
  process.emit('exit', 1, null);
  await exit;
  expect(told).toEqual(['started', 'exited: 1, server_exited']);
});

test('requests in flight are cancelled when a client that asked the proxy to stop closes stdin', async () => {
  const { stdin, told, ending } = conversation();
  ending.stopRequested();
  await turn();
  expect(told).toEqual(['started']);
  stdin.end();
  await turn();
  expect(told).toEqual(['started', `in flight: cancelled, ${CLOSED.error}`]);
});

test('requests in flight fail a second after a server closes its stdout first', async () => {
  const { process, told } = conversation();
  process.stdout.end();
  await turn();
  vi.advanceTimersByTime(999);
  expect(told).toEqual(['started']);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['started', STDOUT_CLOSED]);
});

test('requests in flight do not fail when the server closes its stdout after its client has left', async () => {
  const { stdin, process, told } = conversation();
  stdin.end();
  await turn();
  process.stdout.end();
  await turn();
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['started']);
});

test('a stdout that is held open after the exit is read while data arrives or waits for the client', async () => {
  const { stdout, process, told, exit, isOver } = conversation();
  process.emit('exit', 0, null);
  await turn();
  for (let second = 0; second < 3; second++) {
    process.stdout.write('x');
    await turn();
    vi.advanceTimersByTime(1000);
    await turn();
    expect(isOver()).toBe(false);
  }
  // The client reads nothing more.
  process.stdout.write('y'.repeat(100_000));
  await turn();
  vi.advanceTimersByTime(5000);
  await turn();
  expect(isOver()).toBe(false);
  stdout.resume();
  await turn();
  vi.advanceTimersByTime(2000);
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(told.at(-1)).toBe('exited: 0, server_exited');
  expect(vi.getTimerCount()).toBe(0);
});

test('a server that exits and closes its stdout is over at once', async () => {
  const { process, isOver } = conversation();
  process.emit('exit', 0, null);
  await turn();
  expect(isOver()).toBe(false);
  process.stdout.end();
  await turn();
  await turn();
  expect(isOver()).toBe(true);
  expect(process.stdout.listenerCount('readable')).toBe(0);
});

test('a command that cmd.exe does not find ends as in a POSIX shell', async () => {
  const { process, exit, told } = conversation();
  process.emit('error', Object.assign(new Error('kill EPERM'), { code: 'EPERM' }));
  process.stdout.end();
  // cross-spawn reports this instead of the exit.
  process.emit('error', Object.assign(new Error('spawn nothing ENOENT'), { code: 'ENOENT' }));
  expect(await exit).toEqual({ code: 127, signal: null });
  expect(told.at(-1)).toBe('exited: 127, server_exited');
});

test('a command that cannot be run is an error with its name and cause', async () => {
  const { started } = spawnServer({ command: '/does/not/exist', args: [], env: {}, spawn });
  const error: unknown = await started.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ExporterError);
  expect(error).toMatchObject({
    code: 'server_not_started',
    message: expect.stringMatching(/^cannot start "\/does\/not\/exist": .*ENOENT/),
    cause: { code: 'ENOENT' },
  });
});

test('all output of a server that has exited before it is proxied reaches the client', async () => {
  const script = 'process.stdout.write(process.env.SAYING.repeat(2000))';
  const { server, started } = spawnServer({
    command: process.execPath,
    args: ['-e', script],
    env: { SAYING: 'hello ' },
    spawn,
  });
  await started;
  // It has this process's own.
  expect(server.stderr).toBeNull();
  await once(server, 'exit');
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const { watch } = recording();
  const output = text(stdout);
  const exit = await proxyStdio({ server, stdin, stdout, watch, ending: new ConversationEnd() });
  expect(exit).toEqual({ code: 0, signal: null });
  expect(await output).toBe('hello '.repeat(2000));
});
