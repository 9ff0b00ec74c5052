import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, forProxy } from '../support/cli-process.ts';
import { samplesOf, total } from '../support/exposition.ts';

const ENV = { PATH: process.env['PATH'], ...forProxy({ MONITORING_LOG_LEVEL: 'silent' }) };

/** A command, with the proxy in front of it or without: a test of one runs on both. */
function run(command: string[], { isProxied = true, env = {}, ...options }: Options = {}) {
  const argv = isProxied ? [process.execPath, CLI, 'proxy', '--name', 'it', '--', ...command] : command;
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: { ...ENV, ...env }, ...options }) as ChildProcessWithoutNullStreams;
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  return child;
}
type Options = SpawnOptions & { isProxied?: boolean; env?: Record<string, string> };

const node = (script: string) => [process.execPath, '-e', script];
/** Says what it hears. */
const ECHO = node('process.stdin.pipe(process.stdout)');

const BOTH = [
  ['without the proxy', false],
  ['with the proxy', true],
] as const;

describe('bytes', () => {
  /** What comes back of `sent`, in pieces of all sizes. */
  async function echoed(sent: Buffer): Promise<Buffer> {
    const child = run(ECHO);
    const heard = buffer(child.stdout);
    for (let start = 0, size = 1; start < sent.length; start += size, size = (size * 7 + 3) % 70_000) {
      if (!child.stdin.write(sent.subarray(start, start + size))) await once(child.stdin, 'drain');
    }
    child.stdin.end();
    return heard;
  }

  test('bytes that are neither JSON nor text pass unchanged', async () => {
    const sent = randomBytes(1_000_000);
    expect((await echoed(sent)).equals(sent)).toBe(true);
  });

  test('blank lines, batches, unknown methods, cut characters and an unterminated last line pass unchanged', async () => {
    const sent = Buffer.from(
      '\n\r\n  \n[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"what/ever"}]\n' +
        '{"jsonrpc":"2.0","id":"ü","method":"tools/call","params":{"name":"😀"}}\r\n{"half',
    );
    expect((await echoed(sent)).toString()).toBe(sent.toString());
  });

  test('a message of 10 MB passes unchanged', async () => {
    const text = 'x"\\{}'.repeat(2_000_000);
    const sent = Buffer.from(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { text } })}\n`,
    );
    expect(sent.length).toBeGreaterThan(10_000_000);
    expect((await echoed(sent)).equals(sent)).toBe(true);
  });

  test('on stderr are the server’s own', async () => {
    const child = run(node('process.stderr.write("to stderr"); process.stdout.write("to stdout")'));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([out, err]).toEqual(['to stdout', 'to stderr']);
  });
});

describe.each(BOTH)('the end of the process, %s', (_title, isProxied) => {
  test.each([0, 1, 3, 255])('the proxy exits with the server’s exit code %d', async (code) => {
    const child = run(node(`process.exit(${code})`), { isProxied });
    expect(await once(child, 'exit')).toEqual([code, null]);
  });

  test.each(['SIGTERM', 'SIGKILL', 'SIGABRT'] as const)(
    'the proxy ends by the server’s own %s',
    async (signal) => {
      const child = run(node(`process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000)`), {
        isProxied,
      });
      expect(await once(child, 'exit')).toEqual([null, signal]);
    },
  );

  test('comes after the end of stdin, with all that was said', async () => {
    const child = run(
      node(
        `process.stdin.resume().on('end', () => { process.stdout.write('x'.repeat(300000)); process.exitCode = 7; })`,
      ),
      { isProxied },
    );
    const heard = text(child.stdout);
    child.stdin.end('bye');
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(await heard).toHaveLength(300_000);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)(
    'the proxy exits with the server’s answer to %s',
    async (signal) => {
      const child = run(
        node(
          `process.on('${signal}', () => process.exit(42)); console.log('ready'); setInterval(() => {}, 1000)`,
        ),
        { isProxied },
      );
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([42, null]);
    },
  );

  test('the proxy does not wait for a process that the server left behind', async () => {
    const script = `
      const left = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'],
        { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
      left.unref();
      process.stdout.write(String(left.pid), () => process.exit(5));
    `;
    const child = run(node(script), { isProxied });
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'));
    expect(await once(child, 'exit')).toEqual([5, null]);
  });
});

describe.each(BOTH)('half of a pipe, %s', (_title, isProxied) => {
  test('a half that the client closes does not stop the other half', async () => {
    const child = run(
      node(`process.stdin.resume().on('end', () => setTimeout(() => console.log('still here'), 50))`),
      { isProxied },
    );
    child.stdin.end();
    expect(await text(child.stdout)).toBe('still here\n');
  });

  test('a stdout that the server closes ends for the client while the server keeps running', async () => {
    const child = run(
      node(`require('node:fs').closeSync(1); process.stdin.resume().on('end', () => process.exit(9))`),
      { isProxied },
    );
    await once(child.stdout.resume(), 'end');
    expect(child.exitCode).toBe(null);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([9, null]);
  });

  test('a stdout that the client no longer reads is closed for the server', async () => {
    const script = `
      process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 33 : 34));
      setInterval(() => process.stdout.write('more\\n'), 10);
    `;
    const child = run(node(script), { isProxied });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([33, null]);
  });

  test('a stdin that the server no longer reads is closed for the client', async () => {
    const script = `require('node:fs').closeSync(0); console.log('closed'); setTimeout(() => {}, 60000)`;
    const child = run(node(script), { isProxied });
    await once(child.stdout, 'data');
    const broken = new Promise((resolve) => child.stdin.once('close', resolve));
    const timer = setInterval(() => child.stdin.write('x'.repeat(1000)), 10);
    onTestFinished(() => clearInterval(timer));
    await broken;
  });
});

test.each([
  ['that is not there', 'no-such-command-anywhere', 127],
  ['that is no program', '/', 126],
])('a command %s is reported with a shell’s exit code', async (_title, command, code) => {
  const child = run([command]);
  const said = text(child.stderr);
  expect(await once(child, 'exit')).toEqual([code, null]);
  const link = '/docs/troubleshooting.md#the-client-reports-that-the-server-failed-to-start';
  expect(await said).toMatch(
    new RegExp(`^mcp-exporter: cannot start "${command}": .+\nmcp-exporter: see .*${link}\n$`),
  );
});

test('a client that does not read slows the server down and does not fill the proxy’s memory', async () => {
  const script = `
    const chunk = 'y'.repeat(65536);
    let written = 0;
    const more = () => {
      while (process.stdout.write(chunk)) written += chunk.length;
      written += chunk.length;
      process.stdout.once('drain', more);
    };
    // Without a listener Node writes to a pipe at once, and waits.
    process.stdout._handle.setBlocking?.(false);
    more();
    setInterval(() => process.stderr.write(written + '\\n'), 50);
  `;
  const child = run(node(script));
  const sizes: number[] = [];
  const isStill = () => sizes.length > 5 && sizes.at(-1) === sizes.at(-5);
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (data: Buffer) => {
      sizes.push(...data.toString().trim().split('\n').map(Number));
      if (isStill()) resolve();
    });
  });
  expect(sizes.at(-1)).toBeLessThan(1_000_000);
});

/** `/metrics` of a proxy that listens at a port of its own. */
async function metricsOf(child: ChildProcessWithoutNullStreams) {
  let said = '';
  const url = await new Promise<string>((resolve) => {
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
      const [, found] = /"metrics":"([^"]+)"/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const scrape = async () => samplesOf(await (await fetch(url)).text());
  return {
    total: async (name: string, labels: Record<string, string> = {}) => total(await scrape(), name, labels),
  };
}

test('output that is not a message passes on stdout and stdin and is counted', async () => {
  const script = `
    console.log('Listening for MCP messages...');
    console.log('');
    process.stdin.on('data', () => console.log('{"jsonrpc":"2.0","id":1,"result":{}}'));
  `;
  const child = run(node(script), { env: forProxy({ MONITORING_LOG_LEVEL: 'info' }) });
  const { total } = await metricsOf(child);
  child.stdin.write('hello?\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
  const labels = { mcp_server_name: 'it' };
  await expect
    .poll(() => total('mcp_server_transport_errors_total', { ...labels, kind: 'stray_stdout' }))
    .toBe(1);
  await expect.poll(() => total('mcp_server_transport_errors_total', { ...labels, kind: 'parse' })).toBe(1);
  await expect
    .poll(() => total('mcp_server_operation_duration_seconds_count', { ...labels, mcp_method_name: 'ping' }))
    .toBe(1);
  expect(
    await total('mcp_server_message_size_bytes_sum', {
      direction: 'client_to_server',
      mcp_method_name: 'ping',
    }),
  ).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}'.length);
});

test('a port in use is reported, and the server is served anyway', async () => {
  const other = spawn(process.execPath, ['-e', HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void other.kill('SIGKILL'));
  const [port] = (await once(other.stdout, 'data')) as [Buffer];
  const env = forProxy({
    MONITORING_DASHBOARD_PORT: port.toString().trim(),
    MONITORING_LOG_LEVEL: 'error',
  });
  const child = run(ECHO, { env });
  const said = text(child.stderr);
  child.stdin.end('through');
  expect(await text(child.stdout)).toBe('through');
  expect(await said).toContain('set MCP_EXPORTER_MONITORING_DASHBOARD_PORT (or --port)');
});

const HOLDER = `
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
