import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CreateMessageRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { z } from 'zod';

import {
  MetricsCollector,
  monitorMcpServer,
  SessionRegistry,
  type MonitorMcpServerOptions,
} from '../../../src/index.ts';
import { samplesOf, total } from '../../support/exposition.ts';
import { runExporter } from '../../support/running-exporter.ts';

/** A calculator whose tools succeed, fail, report progress, or never end. */
function calculator(): McpServer {
  const server = new McpServer({ name: 'calculator', version: '3.2.1' });
  const numbers = { a: z.number(), b: z.number() };
  server.registerTool('add', { inputSchema: numbers }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }));
  server.registerTool('divide', { inputSchema: numbers }, ({ a, b }) => {
    if (b === 0) throw new Error('division by zero');
    return { content: [{ type: 'text', text: String(a / b) }] };
  });
  server.registerTool('slowly', { inputSchema: {} }, async (_args, { signal, sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined) {
      const params = { progressToken, progress: 1, total: 4, message: 'a quarter' };
      await sendNotification({ method: 'notifications/progress', params });
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { content: [] };
  });
  server.registerTool('ask', { inputSchema: {} }, async () => {
    const messages = [{ role: 'user', content: { type: 'text', text: 'well?' } } as const];
    await server.server.createMessage({ messages, maxTokens: 10 });
    return { content: [] };
  });
  return server;
}

async function connected(server: McpServer | Server, options: Partial<MonitorMcpServerOptions> = {}) {
  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  sessions.subscribe(collector.onEvent);
  monitorMcpServer(server, { exporter: { sessions }, ...options });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {} } });
  // The client speaks first, into the transport's queue: its first message must be seen too.
  const [,] = await Promise.all([client.connect(clientSide), server.connect(serverSide)]);
  return {
    client,
    sessions,
    metrics: async () => (await collector.expose()).body,
    /** The count of a request's duration, by labels. */
    count: async (labels: Record<string, string>) => {
      const { body } = await collector.expose();
      return total(samplesOf(body), 'mcp_server_operation_duration_seconds_count', labels);
    },
  };
}

describe('an McpServer with the one line', () => {
  test('a watched server has every request timed, also the first one', async () => {
    const { client, count, metrics } = await connected(calculator());
    await client.listTools();
    await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    const base = { mcp_server_name: 'calculator', network_transport: 'pipe', error_type: '' };
    expect(await count({ ...base, mcp_method_name: 'initialize' })).toBe(1);
    expect(await count({ ...base, mcp_method_name: 'tools/list' })).toBe(1);
    expect(await count({ ...base, mcp_method_name: 'tools/call', gen_ai_tool_name: 'add' })).toBe(1);
    const text = await metrics();
    expect(text).toMatch(/^mcp_server_info\{mcp_server_name="calculator",server_version="3\.2\.1".*\} 1$/m);
    expect(text).toMatch(/^mcp_server_sessions_active\{.*network_transport="pipe".*\} 1$/m);
    expect(text).toMatch(
      /^mcp_server_notifications_total\{.*"notifications\/initialized".*"client_to_server"\} 1$/m,
    );
  });

  test('a watched server responds as it would unwatched', async () => {
    const { client } = await connected(calculator());
    const { content } = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    expect(content).toEqual([{ type: 'text', text: '3' }]);
  });

  test('isError results, bad arguments and unknown tools are counted as failures', async () => {
    const { client, sessions, count } = await connected(calculator());
    await client.callTool({ name: 'divide', arguments: { a: 1, b: 0 } });
    await client.callTool({ name: 'add', arguments: { a: 'one' } });
    await client.callTool({ name: 'toString', arguments: {} });
    expect(await count({ gen_ai_tool_name: 'divide', error_type: 'tool_error' })).toBe(1);
    expect(await count({ gen_ai_tool_name: 'add', error_type: 'tool_error' })).toBe(1);
    expect(await count({ gen_ai_tool_name: '_OTHER', error_type: 'tool_error' })).toBe(1);
    const [session] = sessions.list();
    expect(session).toMatchObject({ failedOperations: 3, successRate: 0 });
    const failures = sessions.get(session?.sessionId ?? '')?.endedOperations(3);
    expect(failures?.[0]).toMatchObject({ operationName: 'divide', error: 'division by zero' });
  });

  test('progress moves an operation, and a cancel ends it as cancelled', async () => {
    const { client, sessions, metrics, count } = await connected(calculator());
    const cancel = new AbortController();
    const progressed = new Promise((resolve) => {
      const options = { signal: cancel.signal, onprogress: resolve };
      client.callTool({ name: 'slowly', arguments: {} }, undefined, options).catch(() => undefined);
    });
    await progressed;
    const [session] = sessions.list();
    const monitor = sessions.get(session?.sessionId ?? '');
    expect(monitor?.activeOperations).toMatchObject([
      { operationName: 'slowly', status: 'running', progress: 25, details: { message: 'a quarter' } },
    ]);
    expect(await metrics()).toMatch(/^mcp_server_operations_in_flight\{.*gen_ai_tool_name="slowly"\} 1$/m);
    cancel.abort('enough');
    await expect.poll(() => monitor?.activeOperations).toEqual([]);
    expect(monitor?.endedOperations(1)).toMatchObject([{ status: 'cancelled', progress: 25 }]);
    expect(await count({ gen_ai_tool_name: 'slowly', error_type: 'cancelled' })).toBe(1);
    const text = await metrics();
    expect(text).toMatch(/^mcp_server_cancellations_total\{.*"slowly",reason="notification"\} 1$/m);
    expect(text).toMatch(/^mcp_server_operations_in_flight\{.*gen_ai_tool_name="slowly"\} 0$/m);
    expect(text).toMatch(/^mcp_server_progress_notifications_total\{.*"slowly"\} 1$/m);
  });

  test('a client that vanishes leaves nothing in flight', async () => {
    const { client, sessions, metrics, count } = await connected(calculator());
    const calls = [1, 2, 3].map(() => client.callTool({ name: 'slowly', arguments: {} }).catch(() => 'gone'));
    await expect.poll(() => sessions.list()[0]?.activeOperations).toBe(3);
    await client.close();
    expect(await Promise.all(calls)).toEqual(['gone', 'gone', 'gone']);
    expect(sessions.list()).toMatchObject([
      { status: 'closed', activeOperations: 0, cancelledOperations: 3 },
    ]);
    expect(await count({ gen_ai_tool_name: 'slowly', error_type: 'cancelled' })).toBe(3);
    const text = await metrics();
    expect(text).toMatch(/^mcp_server_operations_in_flight\{.*gen_ai_tool_name="slowly"\} 0$/m);
    expect(text).toMatch(/^mcp_server_sessions_active\{.*\} 0$/m);
    expect(text).toMatch(/^mcp_server_session_duration_seconds_count\{.*\} 1$/m);
  });

  test('requests of the server to its client are timed apart', async () => {
    const { client, metrics } = await connected(calculator());
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'none',
      role: 'assistant',
      content: { type: 'text', text: 'well' },
    }));
    await client.callTool({ name: 'ask', arguments: {} });
    const labels = { mcp_method_name: 'sampling/createMessage', error_type: '' };
    const samples = samplesOf(await metrics());
    expect(total(samples, 'mcp_client_operation_duration_seconds_count', labels)).toBe(1);
  });

  test('a call belongs to the session that the option chooses', async () => {
    const { client, sessions } = await connected(calculator(), {
      sessionOf: ({ arguments: args }) => ((args as { a: number }).a > 5 ? 'large' : undefined),
    });
    await client.callTool({ name: 'add', arguments: { a: 9, b: 1 } });
    await client.callTool({ name: 'add', arguments: { a: 1, b: 1 } });
    expect(sessions.list().map(({ sessionId }) => sessionId === 'large')).toEqual([false, true]);
  });

  test('operations that a tool starts are its stages', async () => {
    const server = calculator();
    const sessions = new SessionRegistry();
    server.registerTool('staged', { inputSchema: {} }, async () => {
      await sessions.open('work').run('stage', () => Promise.resolve());
      return { content: [] };
    });
    monitorMcpServer(server, { exporter: { sessions }, sessionOf: () => 'work' });
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: 'test', version: '1' });
    await Promise.all([client.connect(clientSide), server.connect(serverSide)]);
    await client.callTool({ name: 'staged', arguments: {} });
    const [stage, call] = sessions.get('work')?.endedOperations(2) ?? [];
    expect(stage).toMatchObject({ operationName: 'stage', parentId: call?.operationId });
    expect(call).toMatchObject({ operationName: 'staged', parentId: null });
  });
});

describe('a plain Server', () => {
  function plain(): Server {
    const server = new Server({ name: 'plain', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [{ name: 'known', inputSchema: { type: 'object' as const } }],
    }));
    server.setRequestHandler(CallToolRequestSchema, () => ({ content: [] }));
    return server;
  }

  test('the names of a plain Server’s tools are learned from its lists', async () => {
    const { client, sessions } = await connected(plain());
    await client.listTools();
    await client.callTool({ name: 'known', arguments: {} });
    const [session] = sessions.list();
    expect(sessions.get(session?.sessionId ?? '')?.endedOperations(1)[0]?.operationName).toBe('known');
  });

  test('a plain Server may be given a name', async () => {
    const { metrics } = await connected(plain(), { serverName: 'my-server' });
    expect(await metrics()).toContain('mcp_server_name="my-server"');
  });
});

describe('the hook, misused', () => {
  const faultsOf = (strict = false) => {
    const faults: string[] = [];
    const sessions = new SessionRegistry({
      onFault: (_part, error) => faults.push((error as Error).message),
    });
    return { faults, exporter: { sessions, strict } };
  };
  const watchAnything = monitorMcpServer as (target: unknown, options?: unknown) => unknown;

  test('a hook after connect leaves the server unwatched, and the fault says what was expected', async () => {
    const { faults, exporter } = faultsOf();
    const server = calculator();
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    await server.connect(serverSide);
    expect(monitorMcpServer(server, { exporter })).toBe(server);
    const client = new Client({ name: 'c', version: '1' });
    await client.connect(clientSide);
    expect((await client.listTools()).tools).not.toHaveLength(0);
    expect(faults).toEqual([expect.stringMatching(/expected a server that is not connected/)]);
  });

  test('a server that is hooked twice is watched once', async () => {
    const { faults, exporter } = faultsOf();
    const server = monitorMcpServer(calculator(), { exporter });
    monitorMcpServer(server, { exporter });
    expect(faults).toEqual([expect.stringMatching(/already watched/)]);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'server'],
    ['an empty object', {}],
    ['an object whose parts are of the wrong kind', { server: {}, fetch: 1, send: 2 }],
    ['a class', McpServer],
    ['a frozen server', Object.freeze({ connect: async () => undefined })],
    [
      'an object that cannot be read',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          has: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('a hook on %s returns it unchanged, with one fault', (_case, target) => {
    const { faults, exporter } = faultsOf();
    expect(watchAnything(target, { exporter })).toBe(target);
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toMatch(/Cannot read properties/);
  });

  test.each([
    ['nothing', undefined],
    ['no exporter', {}],
    ['null', null],
    ['something else', { exporter: {} }],
  ])('a hook with %s for options returns the server unchanged', (_case, options) => {
    const server = calculator();
    expect(watchAnything(server, options)).toBe(server);
  });

  test('a server connects although the observer cannot handle its transport', async () => {
    const { faults, exporter } = faultsOf();
    const server = monitorMcpServer(calculator(), { exporter });
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    Object.defineProperty(serverSide, 'start', { value: serverSide.start.bind(serverSide), writable: false });
    await server.connect(serverSide);
    const client = new Client({ name: 'c', version: '1' });
    await client.connect(clientSide);
    expect((await client.listTools()).tools).not.toHaveLength(0);
    expect(faults).toHaveLength(1);
  });

  test('a call belongs to its MCP session if sessionOf rejects, and nothing is thrown', async () => {
    const { faults, exporter } = faultsOf();
    const sessionOf = async () => {
      throw new Error('no session');
    };
    const server = calculator();
    monitorMcpServer(server, { exporter, sessionOf: sessionOf as never });
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    await server.connect(serverSide);
    const client = new Client({ name: 'c', version: '1' });
    await client.connect(clientSide);
    const [tool] = (await client.listTools()).tools;
    await client.callTool({ name: tool?.name ?? '', arguments: { a: 1, b: 2 } });
    await expect.poll(() => faults).toEqual(['no session']);
  });

  test('a misused hook throws if the exporter is strict', async () => {
    const { exporter } = faultsOf(true);
    const server = calculator();
    await server.connect(InMemoryTransport.createLinkedPair()[1]);
    expect(() => monitorMcpServer(server, { exporter })).toThrow(/expected a server that is not connected/);
    const other = monitorMcpServer(calculator(), { exporter });
    expect(() => monitorMcpServer(other, { exporter })).toThrow(/already watched/);
    expect(() => watchAnything({}, { exporter })).toThrow(
      'expected an McpServer, a Server, a result of createMcpHandler, or a transport, received an object with no properties',
    );
  });
});

test('work that exporter.run does inside a call is a stage of that call, and elsewhere a session of its own', async () => {
  const { exporter } = await runExporter();
  const server = new McpServer({ name: 'worker', version: '1' });
  server.registerTool('work', {}, async () => {
    await exporter.run('step', () => undefined);
    return { content: [] };
  });
  exporter.monitor(server);
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([client.connect(clientSide), server.connect(serverSide)]);
  await client.callTool({ name: 'work' });
  await exporter.run('alone', () => undefined);
  const call = exporter.sessions.list().find(({ serverName }) => serverName === 'worker');
  const [step, work] = exporter.sessions.get(call?.sessionId ?? '')?.endedOperations(2) ?? [];
  expect([step?.operationName, work?.operationName]).toEqual(['step', 'work']);
  expect(step?.parentId).toBe(work?.operationId);
  expect(exporter.sessions.get('program')?.endedOperations(1)).toMatchObject([
    { operationName: 'alone', parentId: null },
  ]);
});

test('a registry that is shared is given back, and may be shared anew', async () => {
  const registry = new Registry();
  for (let round = 0; round < 2; round++) {
    const { exporter, get } = await runExporter({ registry });
    expect(exporter.registry).toBe(registry);
    expect((await get('/metrics')).text).toContain('mcp_exporter_build_info');
    await exporter.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  }
});
