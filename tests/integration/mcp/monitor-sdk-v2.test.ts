import {
  Client,
  type InMemoryTransport as ClientSide,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { createMcpHandler, InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { monitorMcpServer } from '../../../src/mcp/hook/monitor-server.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { samplesOf, total } from '../../support/exposition.ts';

/** A calculator of SDK v2, whose tools succeed, fail, report progress, ask, or never end. */
function calculator(): McpServer {
  const server = new McpServer({ name: 'calculator', version: '4.0.0' });
  server.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }));
  server.registerTool('fail', { inputSchema: z.object({}) }, () => {
    throw new Error('division by zero');
  });
  server.registerTool('slowly', { inputSchema: z.object({}) }, async (_args, context) => {
    await context.mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken: context.mcpReq._meta?.progressToken ?? 0, progress: 1, total: 4 },
    });
    await new Promise((resolve) => context.mcpReq.signal.addEventListener('abort', resolve));
    return { content: [] };
  });
  return server;
}

function watching() {
  const sessions = new SessionRegistry();
  const collector = new MetricsCollector();
  sessions.subscribe(collector.onEvent);
  const exposition = async () => samplesOf((await collector.expose()).body);
  return {
    sessions,
    exporter: { sessions },
    /** Sums the samples of a metric with these labels. */
    total: async (name: string, labels: Record<string, string> = {}) =>
      total(await exposition(), name, labels),
  };
}

const DURATION_COUNT = 'mcp_server_operation_duration_seconds_count';
const MODERN = '2026-07-28';

type Era = 'legacy' | 'modern';
const clientOf = (era: Era) =>
  new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: MODERN } } },
  );

describe('a connected McpServer', () => {
  test('an McpServer of SDK v2 is watched like one of SDK v1', async () => {
    const { exporter, total } = watching();
    const server = monitorMcpServer(calculator(), { exporter });
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const client = clientOf('legacy');
    await Promise.all([client.connect(clientSide as unknown as ClientSide), server.connect(serverSide)]);
    await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    await client.callTool({ name: 'fail', arguments: {} });
    await client.callTool({ name: 'nothing', arguments: {} }).catch(() => undefined);
    const call = { mcp_server_name: 'calculator', mcp_method_name: 'tools/call' };
    expect(await total(DURATION_COUNT, { ...call, gen_ai_tool_name: 'add', error_type: '' })).toBe(1);
    expect(await total(DURATION_COUNT, { ...call, gen_ai_tool_name: 'fail', error_type: 'tool_error' })).toBe(
      1,
    );
    expect(await total(DURATION_COUNT, { ...call, gen_ai_tool_name: '_OTHER', error_type: '-32602' })).toBe(
      1,
    );
    expect(await total('mcp_server_info', { server_version: '4.0.0', sdk_version: '2.4.0' })).toBe(1);
    expect(await total('mcp_server_sessions_active')).toBe(1);
    await client.close();
    expect(await total('mcp_server_sessions_active')).toBe(0);
  });
});

/** How a program can watch the server that answers each request with one of its own. */
const WAYS = {
  'the factory’s servers': { isFactory: true, isHandler: false },
  'the handler': { isFactory: false, isHandler: true },
  both: { isFactory: true, isHandler: true },
};

describe.each(Object.entries(WAYS))('createMcpHandler, watching %s', (_title, { isFactory, isHandler }) => {
  describe.each(['legacy', 'modern'] as const)('with a client of the %s era', (era) => {
    async function connected() {
      const watch = watching();
      const options = { exporter: watch.exporter, serverName: 'calculator' };
      const build = () => (isFactory ? monitorMcpServer(calculator(), options) : calculator());
      const handler = createMcpHandler(build);
      if (isHandler) monitorMcpServer(handler, options);
      const client = clientOf(era);
      const transport = new StreamableHTTPClientTransport(new URL('http://calculator.test/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      });
      await client.connect(transport);
      onTestFinished(() => client.close());
      await client.listTools();
      return { ...watch, client, handler };
    }

    test('a watched handler counts each request once, by how it ended', async () => {
      const { client, total, sessions } = await connected();
      await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
      await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
      await client.callTool({ name: 'fail', arguments: {} });
      const call = { mcp_method_name: 'tools/call', network_transport: 'tcp', mcp_server_name: 'calculator' };
      const version = era === 'modern' ? MODERN : '2025-11-25';
      const ended = { ...call, mcp_protocol_version: version };
      expect(await total(DURATION_COUNT, { ...ended, gen_ai_tool_name: 'add', error_type: '' })).toBe(2);
      expect(
        await total(DURATION_COUNT, { ...ended, gen_ai_tool_name: 'fail', error_type: 'tool_error' }),
      ).toBe(1);
      expect(await total(DURATION_COUNT, { mcp_method_name: 'tools/call' })).toBe(3);
      expect(await total(DURATION_COUNT, { mcp_method_name: 'tools/list' })).toBe(1);
      expect(await total('mcp_server_operations_in_flight')).toBe(0);
      // Nothing here is a session, and the end of a request is not the end of one.
      expect(await total('mcp_server_session_duration_seconds_count')).toBe(0);
      expect(sessions.list().map(({ sessionId, totalOperations }) => [sessionId, totalOperations])).toEqual([
        ['calculator', 3],
      ]);
    });

    test('a watched handler follows progress, and counts a closed stream as a cancellation', async () => {
      const { client, total, sessions } = await connected();
      const cancel = new AbortController();
      const progressed = new Promise((resolve) => {
        const options = { signal: cancel.signal, onprogress: resolve };
        client.callTool({ name: 'slowly', arguments: {} }, options).catch(() => undefined);
      });
      await progressed;
      expect(await total('mcp_server_operations_in_flight', { gen_ai_tool_name: 'slowly' })).toBe(1);
      expect(sessions.get('calculator')?.activeOperations).toMatchObject([{ progress: 25 }]);
      cancel.abort();
      if (era === 'modern') {
        await expect.poll(() => total('mcp_server_cancellations_total', { reason: 'disconnect' })).toBe(1);
        expect(await total(DURATION_COUNT, { gen_ai_tool_name: 'slowly', error_type: 'cancelled' })).toBe(1);
        expect(await total('mcp_server_operations_in_flight')).toBe(0);
      }
    });
  });
});

describe('a request whose body never ends', () => {
  test('a request whose body never ends reaches the handler once it is too large to be read beside it', async () => {
    const { exporter } = watching();
    let received = 0;
    const handler = monitorMcpServer(
      {
        fetch: async (request: Request) => {
          for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
            received += chunk.length;
            if (received > 2 * LIMITS.text_bytes.max) break;
          }
          return new Response(null, { status: 413 });
        },
      },
      { exporter },
    );
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await handler.fetch(new Request('http://calculator.test/mcp', init));
    expect(response.status).toBe(413);
    expect(received).toBeGreaterThan(2 * LIMITS.text_bytes.max);
    expect(exporter.sessions.allowance('text_total').used).toBe(0);
  });
});

describe('createMcpHandler, watching the handler', () => {
  function handling() {
    const watch = watching();
    const handler = monitorMcpServer(
      createMcpHandler(() => calculator()),
      {
        exporter: watch.exporter,
        serverName: 'calculator',
      },
    );
    const post = (body: string, headers: Record<string, string> = {}) =>
      handler.fetch(
        new Request('http://calculator.test/mcp', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            ...headers,
          },
          body,
        }),
      );
    return { ...watch, handler, post };
  }

  test('a watched handler counts a listening client as a subscription, and observes no duration', async () => {
    const { handler, total } = handling();
    const client = clientOf('modern');
    const transport = new StreamableHTTPClientTransport(new URL('http://calculator.test/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    });
    await client.connect(transport);
    const subscription = await client.listen({ toolsListChanged: true });
    expect(await total('mcp_server_subscriptions_active')).toBe(1);
    handler.notify.toolsChanged();
    await expect
      .poll(() =>
        total('mcp_server_notifications_total', { mcp_method_name: 'notifications/tools/list_changed' }),
      )
      .toBe(1);
    await subscription.close();
    await expect.poll(() => total('mcp_server_subscriptions_active')).toBe(0);
    expect(await total(DURATION_COUNT, { mcp_method_name: 'subscriptions/listen' })).toBe(0);
    await client.close();
  });

  test('a watched handler counts requests that are refused before they reach a server', async () => {
    const { post, total } = handling();
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add', _meta: meta } };
    const unsupported = await post(JSON.stringify(call));
    expect(unsupported.status).toBe(400);
    await unsupported.text();
    const garbage = await post('this is not JSON');
    expect(garbage.status).toBe(400);
    await garbage.text();
    await expect.poll(() => total('mcp_server_rejections_total', { http_status: '400' })).toBe(2);
    expect(await total('mcp_server_transport_errors_total', { kind: 'parse' })).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });

  test('a handler cannot be watched twice', () => {
    const { exporter } = watching();
    const handler = monitorMcpServer(createMcpHandler(calculator), { exporter });
    expect(() => monitorMcpServer(handler, { exporter: { ...exporter, strict: true } })).toThrow(TypeError);
  });
});

describe.each([
  ['the factory’s servers', { isFactory: true, isWire: false }],
  ['the transport', { isFactory: false, isWire: true }],
  ['both', { isFactory: true, isWire: true }],
] as const)('serveStdio, watching %s', (_title, { isFactory, isWire }) => {
  test.each(['legacy', 'modern'] as const)('each request of a %s client is counted once', async (era) => {
    const { exporter, total } = watching();
    const options = { exporter, serverName: 'calculator' };
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    const wire = new StdioServerTransport(toServer, toClient);
    const served = serveStdio(() => (isFactory ? monitorMcpServer(calculator(), options) : calculator()), {
      transport: isWire ? monitorMcpServer(wire, options) : wire,
    });
    onTestFinished(() => served.close());
    const client = clientOf(era);
    // The client's end of the same pipes.
    const clientSide = new StdioServerTransport(toClient, toServer);
    await client.connect(clientSide);
    await client.listTools();
    await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } });
    await client.callTool({ name: 'fail', arguments: {} });
    const call = { mcp_method_name: 'tools/call', network_transport: 'pipe' };
    expect(await total(DURATION_COUNT, { ...call, gen_ai_tool_name: 'add', error_type: '' })).toBe(1);
    expect(await total(DURATION_COUNT, { ...call, gen_ai_tool_name: 'fail', error_type: 'tool_error' })).toBe(
      1,
    );
    expect(await total(DURATION_COUNT, { mcp_method_name: 'tools/call' })).toBe(2);
    toServer.end();
    await expect.poll(() => total('mcp_server_sessions_active')).toBe(0);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
  });
});
