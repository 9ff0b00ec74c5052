import { PassThrough } from 'node:stream';

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { expect, onTestFinished, test, vi } from 'vitest';

import { serveStdio } from '../../../../src/mcp/serve/stdio-endpoint.ts';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n';
const PONG = '{"result":{},"jsonrpc":"2.0","id":1}\n';

/** A server on streams in place of this process's own. */
async function serving() {
  const stdin = new PassThrough();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  for (const [name, stream] of Object.entries({ stdin, stdout, stderr })) {
    const spy = vi.spyOn(process, name as 'stdin', 'get').mockReturnValue(stream as never);
    onTestFinished(() => spy.mockRestore());
  }
  const stray: number[] = [];
  const server = new Server({ name: 'theirs', version: '1' }, { capabilities: {} });
  const endpoint = await serveStdio(server, () => stray.push(stray.length));
  let isClosed = false;
  void endpoint.closed.then(() => (isClosed = true));
  const read = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return {
    stdin,
    stdout,
    stderr,
    endpoint,
    stray,
    isClosed: () => isClosed,
    output: () => read(stdout),
    errors: () => read(stderr),
  };
}

test('messages are answered on stdout, also after it was redirected', async () => {
  const { stdin, output, errors, stray } = await serving();
  stdin.write(PING);
  await expect.poll(output).toBe(PONG);
  expect([errors(), stray]).toEqual(['', []]);
});

test('any other output goes to stderr, and is counted', async () => {
  const { stdin, stdout, output, errors, stray } = await serving();
  const written: string[] = [];
  process.stdout.write('a');
  process.stdout.write('YmM=', 'base64', () => written.push('with encoding'));
  process.stdout.write(Buffer.from('d'), () => written.push('without'));
  expect(stdout).toBe(process.stdout);
  await expect.poll(() => written).toEqual(['with encoding', 'without']);
  expect(errors()).toBe('abcd');
  expect(stray).toHaveLength(3);
  expect(output()).toBe('');
  stdin.write(PING);
  await expect.poll(output).toBe(PONG);
});

test.each<[string, (running: Awaited<ReturnType<typeof serving>>) => unknown]>([
  ['stdin ends', ({ stdin }) => stdin.end()],
  ['stdout fails', ({ stdout }) => stdout.emit('error', new Error('EPIPE'))],
  ['it is closed', ({ endpoint }) => endpoint.close()],
])('the endpoint is closed when %s', async (_title, act) => {
  const running = await serving();
  await new Promise(setImmediate);
  expect(running.isClosed()).toBe(false);
  await act(running);
  await running.endpoint.closed;
  expect(running.isClosed()).toBe(true);
});

test('a stderr that fails does not end the server', async () => {
  const { stdin, stderr, output } = await serving();
  stderr.emit('error', new Error('EPIPE'));
  stdin.write(PING);
  await expect.poll(output).toBe(PONG);
});
