import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { FREE_PORTS } from './cli-process.ts';

/**
 * An MCP server that is watched in its own process: `add` has a stage, `fail` fails, and `hang` never answers. It serves
 * stdio, or HTTP with sessions (`HTTP=sessions`) or without (`HTTP=stateless`), and prints its port.
 */
const SOURCE = `
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createExporter, monitorMcpServer } from 'mcp-exporter';

const exporter = createExporter();
await exporter.start();

function create() {
  const server = new McpServer({ name: 'real', version: '1.0.0' });
  const text = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('add', {}, async ({ sessionId }) => {
    const monitor = sessionId === undefined ? undefined : exporter.sessions.get(sessionId);
    await monitor?.run('stage', () => undefined);
    return text('done');
  });
  server.registerTool('fail', {}, () => ({ isError: true, ...text('it failed') }));
  server.registerTool('hang', {}, () => new Promise(() => {}));
  return monitorMcpServer(server, { exporter });
}

const transports = new Map();
async function transportOf({ headers }) {
  const known = transports.get(headers['mcp-session-id']);
  if (known) return known;
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: process.env.HTTP === 'sessions' ? randomUUID : undefined,
    onsessioninitialized: (id) => void transports.set(id, transport),
  });
  await create().connect(transport);
  return transport;
}

if (process.env.HTTP) {
  const http = createServer((request, response) => {
    transportOf(request).then((transport) => transport.handleRequest(request, response));
  });
  http.listen(0, '127.0.0.1', () => console.log(http.address().port));
} else {
  await create().connect(new StdioServerTransport());
}
`;

/** Writes the server into the repository, so that it finds the built package by its name. */
export function writeInstrumentedServer(): string {
  const directory = mkdtempSync('.watched-server-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'server.mjs');
  writeFileSync(file, SOURCE);
  return file;
}

/** Starts the server over HTTP. It reports to a hub. */
export async function startInstrumentedServer(hub: URL, mode: 'sessions' | 'stateless') {
  const child = spawn(process.execPath, [writeInstrumentedServer()], {
    env: { PATH: process.env['PATH'], ...FREE_PORTS, HTTP: mode, MONITORING_HUB_URL: hub.href },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: new URL(`http://127.0.0.1:${port.toString().trim()}/mcp`) };
}
