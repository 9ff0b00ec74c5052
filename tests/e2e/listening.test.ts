import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CLI, FREE_PORTS, runCli } from '../support/cli-process.ts';
import { serveEverything } from '../support/everything.ts';

describe('listening beyond loopback without a key', () => {
  test.each([['serve'], ['hub'], ['proxy', '--upstream', 'http://127.0.0.1:9/mcp', '--port', '0']])(
    'ends %s with 2, one line that names the settings, and the section that explains it',
    async (...args) => {
      const env = { ...FREE_PORTS, MONITORING_WS_HOST: '0.0.0.0', MONITORING_LOG_LEVEL: 'fatal' };
      const { code, stderr } = await runCli(args, env).ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^mcp-exporter: MONITORING_WS_HOST: .*MONITORING_REQUIRE_AUTH.*MONITORING_ALLOW_UNAUTHENTICATED=true\nmcp-exporter: see .*#monitoring_ws_host-expected-a-loopback-address-got-\n$/,
      );
    },
  );

  test('listening beyond loopback without a key is logged when it is allowed', async () => {
    const env = { ...FREE_PORTS, MONITORING_WS_HOST: '0.0.0.0', MONITORING_ALLOW_UNAUTHENTICATED: 'true' };
    const cli = runCli(['hub'], env);
    await cli.printed('stderr', /listening beyond loopback without authentication/);
    await cli.printed('stdout', /metrics/);
  });
});

/** A program with few files to open, and its port. */
async function limitedTo(openFiles: number, args: string[], env: Record<string, string> = {}) {
  const command = `ulimit -n ${openFiles}; exec "$@"`;
  const child = spawn('bash', ['-c', command, 'bash', process.execPath, ...args], {
    env: { PATH: process.env['PATH'], ...FREE_PORTS, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const [, found] = pattern.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data: Buffer) => {
          said += data.toString();
          look();
        });
      }
      child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)));
      look();
    });
  return { child, printed };
}

/** @returns how many of `count` sockets that never say a word are still open */
async function openIdle(port: number, count: number) {
  const open = new Set<object>();
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    open.add(socket);
  }
  return open;
}

describe('a process that may open 256 files, with many idle sockets to its exporter', () => {
  test('a process limited to 256 files still opens its own files under many idle sockets', async () => {
    const server = `
      const { createExporter } = await import(${JSON.stringify(CLI.replace('cli.js', 'index.js'))});
      const { openSync, closeSync } = await import('node:fs');
      const exporter = createExporter({ keepsProcessAlive: true });
      const { metrics } = await exporter.start();
      console.log('at ' + metrics);
      process.stdin.on('data', () => {
        try {
          const files = Array.from({ length: 150 }, () => openSync('/dev/null'));
          files.forEach(closeSync);
          console.log('tool said ok');
        } catch (error) {
          console.log('tool said ' + error.code);
        }
      });`;
    const { child, printed } = await limitedTo(256, ['--input-type=module', '-e', server]);
    const url = await printed(/at (http\S+)/);
    const open = await openIdle(Number(new URL(url).port), 600);
    child.stdin.write('go\n');
    expect(await printed(/tool said (\w+)/)).toBe('ok');
    await expect.poll(() => open.size).toBeLessThanOrEqual(64);
    expect((await fetch(url)).status).toBe(200);
  });

  test('a process limited to 256 files still serves proxy clients under many idle sockets', async () => {
    const upstream = await serveEverything('streamableHttp');
    const args = [CLI, 'proxy', '--upstream', upstream.url.href, '--port', '0'];
    const { printed } = await limitedTo(256, args);
    const url = new URL(await printed(/MCP endpoint +(\S+)/));
    await openIdle(Number(url.port), 600);
    const client = new Client({ name: 'real', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(url));
    onTestFinished(() => client.close());
    await openIdle(Number(url.port), 300);
    const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    expect(content).toMatchObject([{ text: expect.stringContaining('hello') }]);
    const metrics = await (await fetch(new URL('/metrics', url))).text();
    expect(metrics).toMatch(/mcp_exporter_limit_reached_total\{limit="sockets"\} [1-9]/);
  });
});
