import { text } from 'node:stream/consumers';

import { describe, expect, test } from 'vitest';

import { answer, call, DURATIONS, json, messageOf, post, proxy, serve } from '../../support/proxied-http.ts';

const OPERATIONS = 'pipeline_operation_duration_seconds_count';

/** A server at `/mcp/` that redirects all other paths there. */
async function serveBehind(status: number, locationOf: (host: string) => string) {
  const seen: string[] = [];
  const upstream = await serve((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push(`${method} ${url} ${headers.authorization ?? ''}`);
    if (!url.startsWith('/mcp/')) {
      request.resume();
      return void response.writeHead(status, { location: locationOf(headers.host ?? '') }).end();
    }
    if (method === 'GET')
      return void response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('event: endpoint\ndata: messages\n\n');
    void messageOf(request).then(({ id }) =>
      id === undefined ? response.writeHead(202).end() : json(response, answer(id)),
    );
  });
  return { ...(await proxy(upstream.url)), seen };
}

describe('a redirect to the same origin', () => {
  test.each<[string, number, (host: string) => string]>([
    ['relative', 307, () => '/mcp/'],
    ['relative to the folder', 308, () => 'mcp/?a=1'],
    ['absolute by Host', 307, (host) => `http://${host}/mcp/`],
    ['absolute by Host, with a user', 308, (host) => `http://a:b@${host}/mcp/`],
  ])(
    '%s with status %s is followed, and each message is counted once',
    async (_title, status, locationOf) => {
      const { url, total, seen } = await serveBehind(status, locationOf);
      const headers = { authorization: 'Bearer theirs' };
      const response = await post(url, call(1), headers);
      expect([response.status, await response.json(), response.redirected]).toEqual([200, answer(1), false]);
      const notified = await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
      expect(notified.status).toBe(202);
      await expect.poll(() => total(DURATIONS, { error_type: '' })).toBe(1);
      expect(await total(DURATIONS)).toBe(1);
      expect(await total(OPERATIONS, { status: 'completed' })).toBe(1);
      expect(await total(OPERATIONS)).toBe(1);
      expect(await total('mcp_server_notifications_total')).toBe(1);
      expect(seen.every((request) => request.endsWith('Bearer theirs'))).toBe(true);
      expect(seen).toHaveLength(4);
    },
  );

  test.each([301, 302, 303, 307, 308])(
    'a stream with status %s is followed, and its endpoint too',
    async (status) => {
      const { url } = await serveBehind(status, () => '/mcp/');
      const stream = await fetch(url, { headers: { accept: 'text/event-stream' } });
      const endpoint = /data: (\S+)/.exec(await stream.text())?.[1] ?? '';
      expect(stream.redirected).toBe(false);
      expect(endpoint).toMatch(/^mcp\/[\w-]{22}$/);
    },
  );

  test('a body that is too long to be kept is sent again by the client', async () => {
    const upstream = await serve((request, response) => {
      void text(request).then((body) => {
        if (request.url === '/mcp/') json(response, { received: body.length });
        else response.writeHead(307, { location: '/mcp/' }).end();
      });
    });
    const { url } = await proxy(upstream.url);
    const body = 'x'.repeat(2 * 1024 * 1024);
    expect(await (await post(url, body)).json()).toEqual({ received: body.length });
  });

  test('a redirect with a cookie is left to the client, which may keep it', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(307, { location: '/mcp/', 'set-cookie': 'a=1' }).end();
    });
    const { url } = await proxy(upstream.url);
    const response = await fetch(url, { method: 'POST', body: '{}', redirect: 'manual' });
    expect(response.status).toBe(307);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/mcp']);
    expect(response.headers.get('location')).toMatch(/^\/mcp\/[\w-]{22}$/);
  });
});

describe('a redirect that is not followed', () => {
  test.each<[string, (host: string) => string, string, string, number]>([
    ['in a loop', () => '/other', 'redirect_loop', 'MCP server redirects in a loop', 21],
    ['to itself', (host) => `http://${host}/mcp`, 'redirect_loop', 'MCP server redirects in a loop', 21],
    [
      'to another origin',
      () => 'http://127.0.0.1:9/mcp?secret=1',
      'redirect_to_other_origin',
      'MCP server redirects to another origin',
      1,
    ],
  ])(
    '%s is an error for the client, logged and counted',
    async (_title, locationOf, code, line, requests) => {
      const { url, total, logs, seen } = await serveBehind(307, locationOf);
      const response = await post(url, call(1));
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({
        id: 1,
        error: {
          code: -32_000,
          message: expect.stringContaining(`${code}: the MCP server behind this proxy redirects`),
        },
      });
      expect(seen).toHaveLength(requests);
      expect(await total('mcp_server_rejections_total', { http_status: '502', error_type: code })).toBe(1);
      await expect.poll(() => total(DURATIONS, { error_type: '-32000' })).toBe(1);
      expect(await total('mcp_proxy_upstream_up')).toBe(1);
      expect(logs.filter((text) => text.includes(line))).toHaveLength(1);
      expect(logs.join('')).not.toContain('secret');
    },
  );
});
