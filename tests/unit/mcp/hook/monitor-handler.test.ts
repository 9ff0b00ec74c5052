import { describe, expect, test } from 'vitest';

import { monitorMcpServer } from '../../../../src/mcp/hook/monitor-server.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { LIMITS } from '../../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';

const URL_OF_SERVER = 'http://server.test/mcp?a=1';
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add', arguments: {} } };
const RESULT = { jsonrpc: '2.0', id: 1, result: { content: [] } };

type Fetch = (request: Request, options?: { parsedBody?: unknown }) => Promise<Response>;

const json = (value: unknown, init: { status?: number; statusText?: string } = {}) =>
  new Response(JSON.stringify(value), { ...init, headers: { 'content-type': 'application/json' } });
const post = (body: unknown, init: RequestInit = {}) =>
  new Request(URL_OF_SERVER, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });

/** A watched handler, and what is published about its requests. */
function handling(fetch: Fetch) {
  const faults: unknown[] = [];
  const events: MonitorEvent[] = [];
  const sessions = new SessionRegistry({ onFault: (_part, error) => faults.push(error) });
  sessions.subscribe((event) => events.push(event));
  const handler = { fetch };
  monitorMcpServer(handler as never, { exporter: { sessions }, serverName: 'demo' });
  const log = () =>
    events.flatMap((event) => {
      if (event.type === 'request_started') return [`${event.request.method} started`];
      if (event.type === 'request_ended') return [`ended: ${event.errorType}`];
      if (event.type === 'transport_error') return [event.kind];
      return event.type === 'http_rejected'
        ? [`rejected by ${event.serverName}: ${event.httpStatus} ${event.errorType}`]
        : [];
    });
  return { handler, sessions, events, faults, log };
}

describe('a watched handler', () => {
  test('a request and its response pass unchanged, and are observed', async () => {
    const seen: unknown[] = [];
    const { handler, log, events, faults } = handling(async function (this: unknown, request, options) {
      seen.push(this, options, await request.json(), request.url);
      return json(RESULT, { status: 201, statusText: 'Made' });
    });
    const options = {};
    const response = await handler.fetch(post(CALL), options);
    expect(log()).toEqual(['tools/call started']);
    expect(await response.json()).toEqual(RESULT);
    expect([response.status, response.statusText, response.headers.get('content-type')]).toEqual([
      201,
      'Made',
      'application/json',
    ]);
    expect(seen).toEqual([handler, options, CALL, URL_OF_SERVER]);
    expect(seen[1]).toBe(options);
    expect(log()).toEqual(['tools/call started', 'ended: ']);
    expect(events.find(({ type }) => type === 'request_started')).toMatchObject({
      request: { connection: { serverName: 'demo', transport: 'tcp' } },
      sizeBytes: JSON.stringify(CALL).length,
    });
    expect(faults).toEqual([]);
  });

  test('a body that the program has parsed is observed without the request’s own', async () => {
    const { handler, log } = handling(async () => json(RESULT));
    const response = await handler.fetch(post('not read'), { parsedBody: CALL });
    await response.text();
    expect(log()).toEqual(['tools/call started', 'ended: ']);
  });

  test('a request without a body, or whose body was read, is served', async () => {
    const { handler, log, faults } = handling(async () => json({}));
    await (await handler.fetch(new Request(URL_OF_SERVER))).text();
    const used = post(CALL);
    await used.text();
    await (await handler.fetch(used)).text();
    await (await handler.fetch(post('   '))).text();
    expect(log()).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('a body that is not JSON is a parse error, and the handler gets it', async () => {
    const { handler, log } = handling(async (request) => new Response(await request.text()));
    expect(await (await handler.fetch(post('{"id'))).text()).toBe('{"id');
    expect(log()).toEqual(['parse']);
  });

  test('a body that is announced as too large is not read', async () => {
    const { handler, log } = handling(async () => json(RESULT));
    const announced = (bytes: number) => post(CALL, { headers: { 'content-length': String(bytes) } });
    await (await handler.fetch(announced(LIMITS.text_bytes.max))).text();
    expect(log()[0]).toBe('tools/call started');
    await (await handler.fetch(announced(LIMITS.text_bytes.max + 1))).text();
    expect(log().filter((line) => line === 'tools/call started')).toHaveLength(1);
  });

  test('a body that fails while it is read is served, and takes no memory', async () => {
    const { handler, sessions, log, faults } = handling(async (request) => {
      await expect(request.text()).rejects.toThrow('broken');
      return json({});
    });
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"id"'));
      },
      pull: (controller) => controller.error(new Error('broken')),
    });
    const init = { body, duplex: 'half' } as RequestInit;
    await (await handler.fetch(post(undefined, init))).text();
    expect([log(), faults, sessions.allowance('text_total').used]).toEqual([[], [], 0]);
  });

  test('work of the handler during a tool call is a stage of it', async () => {
    const { handler, sessions, events } = handling(async () => {
      await sessions.open('demo').run('stage', () => undefined);
      return json(RESULT);
    });
    await (await handler.fetch(post(CALL))).text();
    const started = events.flatMap((event) =>
      event.type === 'operation' && event.kind === 'started' ? [event] : [],
    );
    expect(started).toMatchObject([
      { parentId: null },
      { operationName: 'stage', parentId: started[0]?.operationId },
    ]);
  });

  test('a request whose URL cannot be read is served unobserved', async () => {
    const { handler, log, faults } = handling(async () => json(RESULT));
    const request = { url: 'no URL', method: 'POST' } as Request;
    expect((await handler.fetch(request)).status).toBe(200);
    expect(log()).toEqual([]);
    expect(faults).toHaveLength(1);
  });

  test('a handler is watched once', () => {
    const { handler, sessions } = handling(async () => json({}));
    expect(() => monitorMcpServer(handler as never, { exporter: { sessions, strict: true } })).toThrow(
      new TypeError('monitorMcpServer: this handler is already watched; call it once per handler'),
    );
  });
});

describe('a handler that fails', () => {
  test('its error reaches the caller, and ends the request as lost', async () => {
    const { handler, log } = handling(() => Promise.reject(new Error('broken')));
    await expect(handler.fetch(post(CALL))).rejects.toThrow('broken');
    expect(log()).toEqual(['tools/call started', 'ended: connection_closed']);
  });

  test('after the client has disconnected, the request ends as cancelled', async () => {
    const aborting = new AbortController();
    const { handler, events } = handling(() => {
      aborting.abort();
      return Promise.reject(new Error('aborted'));
    });
    await expect(handler.fetch(post(CALL, { signal: aborting.signal }))).rejects.toThrow('aborted');
    expect(events.find(({ type }) => type === 'request_ended')).toMatchObject({ cancellation: 'disconnect' });
  });
});

describe('a refused request', () => {
  test.each([
    [
      400,
      { error: { code: -32_600, message: 'no' }, id: null, jsonrpc: '2.0' },
      ['rejected by demo: 400 -32600'],
    ],
    [404, {}, ['rejected by demo: 404 _OTHER']],
    [500, {}, ['rejected by demo: 500 _OTHER']],
    [399, {}, []],
    [499, {}, []],
  ])('a response with status %d and body %j counts as %j', async (status, body, expected) => {
    const { handler, log } = handling(async () => json(body, { status }));
    const response = await handler.fetch(new Request(URL_OF_SERVER));
    await response.text();
    expect(log()).toEqual(expected);
  });

  test('a refusal without a body is counted, too', async () => {
    const refusal = new Response(null, { status: 403 });
    const { handler, log } = handling(async () => refusal);
    expect(await handler.fetch(new Request(URL_OF_SERVER))).toBe(refusal);
    await expect.poll(log).toEqual(['rejected by demo: 403 _OTHER']);
    await handler.fetch(post(CALL));
    await expect.poll(log).toHaveLength(4);
    expect(log().slice(1)).toEqual(['tools/call started', 'ended: _OTHER', 'rejected by demo: 403 _OTHER']);
  });

  test.each([
    ['GET', []],
    ['DELETE', []],
    ['POST', ['rejected by demo: 405 _OTHER']],
  ])(
    '405 to %s, which a server without streams or sessions answers, counts as %j',
    async (method, expected) => {
      const { handler, log } = handling(async () => new Response('no', { status: 405 }));
      const response = await handler.fetch(new Request(URL_OF_SERVER, { method }));
      await response.text();
      expect(log()).toEqual(expected);
    },
  );
});

describe('a streamed response', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const event = `data: ${JSON.stringify(RESULT)}\n\n`;
  const stream = (source: UnderlyingDefaultSource<Uint8Array>) =>
    new Response(new ReadableStream(source, { highWaterMark: 0 }), {
      headers: { 'content-type': 'text/event-stream' },
    });

  test('events are observed as the client reads them, and no sooner', async () => {
    const chunks = [event, ': more\n\n'];
    const pulled: string[] = [];
    const { handler, log } = handling(async () =>
      stream({
        pull: (controller) => {
          const chunk = chunks.shift();
          if (chunk === undefined) return controller.close();
          pulled.push(chunk);
          controller.enqueue(bytes(chunk));
        },
      }),
    );
    const response = await handler.fetch(post(CALL));
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe(event);
    expect(log()).toEqual(['tools/call started', 'ended: ']);
    expect((await reader?.read())?.done).toBe(false);
    expect((await reader?.read())?.done).toBe(true);
  });

  test('a stream that breaks before its response loses the request, and its error reaches the client', async () => {
    const { handler, log } = handling(async () =>
      stream({ pull: (controller) => controller.error(new Error('broken')) }),
    );
    const response = await handler.fetch(post(CALL));
    await expect(response.text()).rejects.toThrow('broken');
    expect(log()).toEqual(['tools/call started', 'ended: connection_closed']);
  });

  test('a client that cancels the stream cancels its request, and the handler’s stream', async () => {
    const reasons: unknown[] = [];
    const { handler, events } = handling(async () =>
      stream({ cancel: (reason) => void reasons.push(reason) }),
    );
    const response = await handler.fetch(post(CALL));
    await response.body?.cancel('enough');
    expect(reasons).toEqual(['enough']);
    expect(events.find(({ type }) => type === 'request_ended')).toMatchObject({ cancellation: 'disconnect' });
  });

  test('a stream that ends after its client disconnected ends its request as cancelled', async () => {
    const aborting = new AbortController();
    const { handler, events } = handling(async () => stream({ pull: (controller) => controller.close() }));
    const response = await handler.fetch(post(CALL, { signal: aborting.signal }));
    aborting.abort();
    await response.text();
    expect(events.find(({ type }) => type === 'request_ended')).toMatchObject({ cancellation: 'disconnect' });
  });
});
