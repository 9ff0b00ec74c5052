import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, connect, type AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);
const programOf = (name: string) => require.resolve(`@modelcontextprotocol/${name}/dist/index.js`);

/** MCP servers of other authors. */
export const EVERYTHING = programOf('server-everything');
export const FILESYSTEM = programOf('server-filesystem');

/** A free port, for programs that do not accept port 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts server-everything over HTTP, and waits until it listens. Stops it after the test. */
export async function serveEverything(transport: 'sse' | 'streamableHttp') {
  const port = await freePort();
  const env = { PATH: process.env['PATH'], PORT: String(port) };
  const child = spawn(process.execPath, [EVERYTHING, transport], { env, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  while (!(await isListening(port)))
    if (child.exitCode !== null) throw new Error('server-everything has ended');
  return { url: new URL(transport === 'sse' ? '/sse' : '/mcp', `http://127.0.0.1:${port}`), child };
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
