import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import {
  answer,
  call,
  DURATIONS,
  event,
  json,
  messageOf,
  post,
  proxy,
  serve,
} from '../../support/proxied-http.ts';

const LONG = 'x'.repeat(2 * 1024 * 1024);

const answering: RequestListener = (request, response) => {
  void messageOf(request).then(({ id }) => json(response, answer(id)));
};

/** Lets the resolver know these addresses of a name. */
function resolveTo(name: string, addresses: readonly string[]) {
  const known: LookupAddress[] = addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  const { lookup } = dns;
  const found = vi.spyOn(dns, 'lookup').mockImplementation((asked: string, ...rest: unknown[]) => {
    if (asked !== name) return (lookup as (...all: unknown[]) => void)(asked, ...rest);
    const isAll = typeof rest[0] === 'object' && rest[0] !== null && 'all' in rest[0] && rest[0].all === true;
    const done = rest.at(-1) as (error: null, address: unknown, family?: number) => void;
    setImmediate(() => (isAll ? done(null, known) : done(null, known[0]?.address, known[0]?.family)));
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    found.mockRestore();
    syncBuiltinESMExports();
  });
}

describe('the address of the server', () => {
  test('an IPv6 address is reached, and the Host header has its brackets', async () => {
    let host: string | undefined;
    const upstream = await serve(
      (request, response) => {
        host = request.headers.host;
        answering(request, response);
      },
      { host: '::1' },
    );
    const { url, total } = await proxy(upstream.url);
    expect(await (await post(url, call(1))).json()).toEqual(answer(1));
    expect(host).toBe(`[::1]:${upstream.port}`);
    expect(await total('mcp_proxy_upstream_up')).toBe(1);
    expect(await total(DURATIONS, { error_type: '' })).toBe(1);
  });

  test.each([
    ['localhost', '::1', ['127.0.0.1']],
    ['localhost', '127.0.0.1', ['::1']],
    ['mcp.localhost', '::1', ['127.0.0.1']],
    ['two.example', '127.0.0.1', ['::1', '127.0.0.1']],
    ['two.example', '::1', ['127.0.0.1', '::1']],
    ['two.example', '127.0.0.1', ['127.0.0.2', '127.0.0.3', '127.0.0.1']],
    ['silent.example', '127.0.0.1', ['192.0.2.1', '127.0.0.1']],
  ])('%s is reached at %s if the resolver says %s', async (name, bound, addresses) => {
    const upstream = await serve(answering, { host: bound });
    resolveTo(name, addresses);
    const { url, total, logs } = await proxy(new URL(`http://${name}:${upstream.port}/mcp`));
    await expect.poll(() => total('mcp_proxy_upstream_up')).toBe(1);
    expect(await (await post(url, call(1))).json()).toEqual(answer(1));
    expect(logs.join('')).not.toContain('MCP server unreachable');
  });

  test('a name whose addresses are all dead is unreachable', async () => {
    resolveTo('dead.example', ['127.0.0.2', '127.0.0.3']);
    const { url, total, logs } = await proxy(new URL('http://dead.example:9/mcp'));
    expect((await post(url, call(1))).status).toBe(502);
    expect(logs.join('')).toContain('"reason":"connect ECONNREFUSED 127.0.0.2:9"');
    expect(await total('mcp_proxy_upstream_up')).toBe(0);
  });
});

describe('a server of HTTP/1.0', () => {
  /** Responds to each request and closes the connection, which ends a response without a length. */
  async function serveHttp10(respond: (body: string) => string) {
    const server = createTcpServer((socket) => {
      let received = '';
      socket
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => {
          received += chunk.toString();
          const [head = '', body = ''] = received.split(/\r\n\r\n(.*)/s);
          if (body.length >= Number(/content-length: (\d+)/i.exec(head)?.[1])) socket.end(respond(body));
        });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    return proxy(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`));
  }
  const idOf = (body: string) => (JSON.parse(body) as { id: number }).id;

  test.each([
    ['JSON', 'application/json', (id: number) => JSON.stringify(answer(id))],
    ['a stream', 'text/event-stream', (id: number) => event(answer(id))],
  ])('%s is complete when the server closes the connection', async (_title, type, bodyOf) => {
    const { url, total } = await serveHttp10(
      (body) => `HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n${bodyOf(idOf(body))}`,
    );
    for (let id = 1; id <= 3; id++) {
      const response = await post(url, call(id));
      expect(await response.text()).toBe(bodyOf(id));
    }
    await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(3);
    expect(await total(DURATIONS)).toBe(3);
  });

  test('a connection that it keeps alive is used again', async () => {
    const { url } = await serveHttp10((body) => {
      const content = JSON.stringify(answer(idOf(body)));
      return `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
    });
    for (let id = 1; id <= 3; id++) expect(await (await post(url, call(id))).json()).toEqual(answer(id));
  });
});

describe('connections that the server closes', () => {
  /** A server that resets each connection at its second request, without a response. */
  async function serveOncePerConnection() {
    const used = new Set<Socket>();
    const upstream = await serve((request, response) => {
      if (used.has(request.socket)) return void request.socket.resetAndDestroy();
      used.add(request.socket);
      void text(request).then((body) => json(response, { received: body.length }));
    });
    return (await proxy(upstream.url)).url;
  }

  test('a request whose body is too long to be kept succeeds', async () => {
    const url = await serveOncePerConnection();
    for (const body of ['{}', LONG, LONG, '{}']) {
      expect(await (await post(url, body)).json()).toEqual({ received: body.length });
    }
  });

  test('a request whose length is unknown succeeds', async () => {
    const url = await serveOncePerConnection();
    for (const part of ['x', LONG, 'x']) {
      const client = httpRequest(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
      client.write(part);
      client.end(part);
      const [response] = (await once(client, 'response')) as [IncomingMessage];
      expect(JSON.parse(await text(response))).toEqual({ received: 2 * part.length });
    }
  });

  test('headers for one hop are not forwarded', async () => {
    let seen: IncomingMessage['headers'] = {};
    const upstream = await serve((request, response) => {
      seen = request.headers;
      answering(request, response);
    });
    const { url } = await proxy(upstream.url);
    const headers = {
      connection: 'x-hop, host, content-length, close',
      'x-hop': '1',
      te: 'trailers',
      'x-end': '1',
    };
    const body = JSON.stringify(call(1));
    const client = httpRequest(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
    });
    client.end(body);
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toEqual(answer(1));
    expect(seen).toMatchObject({
      'x-end': '1',
      'content-length': String(body.length),
      connection: 'keep-alive',
    });
    expect(seen).not.toHaveProperty('x-hop');
    expect(seen).not.toHaveProperty('te');
  });
});

test('headers that the server accepts are forwarded in both directions, whatever their length', async () => {
  const upstream = await serve(
    ({ url, headers }, response) => response.writeHead(200, { 'x-long': headers['x-long'] ?? '' }).end(url),
    { maxHeaderSize: 2_000_000 },
  );
  const { url, total } = await proxy(upstream.url);
  for (const length of [10_000, 100_000, 900_000]) {
    const long = 'x'.repeat(length);
    const client = httpRequest(url, { headers: { 'x-long': long }, maxHeaderSize: 2_000_000 }).end();
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    expect(response.headers['x-long']).toBe(long);
    const queried = await fetch(new URL(`?${long}`, url));
    expect(await queried.text()).toBe(`/mcp?${long}`);
  }
  expect(await total('mcp_exporter_limit_reached_total', { limit: 'header_size' })).toBe(0);
});
