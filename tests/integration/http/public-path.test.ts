import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

import { describe, expect, test } from 'vitest';

import { proxyMcp } from '../../../src/exporter/proxy-mcp.ts';
import { FeedViewer } from '../../support/feed-viewer.ts';
import { answer, call, json, messageOf, post, serve } from '../../support/proxied-http.ts';
import { runExporter } from '../../support/running-exporter.ts';

/** An exporter behind a reverse proxy that keeps the path of the public URL. */
async function runBelow(path: string, upstream?: URL) {
  const running = await runExporter({
    config: { publicUrl: `https://ops.example.com${path}` },
    ...(upstream ? { mcp: proxyMcp({ url: upstream }) } : undefined),
  });
  const { origin } = new URL(running.urls.metrics);
  return { ...running, origin };
}

describe.each(['/tools/mon/', '/tools/mon', '/mcp/'])('below the public path %s', (path) => {
  const prefix = path.replace(/\/$/, '');

  test('every route and every file of the page answers as without it', async () => {
    const { get } = await runBelow(path);
    const openapi = (await get('/api/v1/openapi.json')).json() as { paths: Record<string, object> };
    const page = (await get('/')).text;
    // Scripts and styles exist only in the built page.
    const files = [...page.matchAll(/href="\.\/((?!style)[^"]+)"/g)].map(([, file]) => `/${file}`);
    expect(files).toContain('/favicon.svg');
    const routes = ['/', '/health', '/-/ready', '/ready', '/-/healthy', '/runbooks', '/runbooks.html'];
    const all = [...routes, '/index.html', '/index', ...files, ...Object.keys(openapi.paths)];
    for (const route of all.map((each) => each.replace('{id}', 'unknown'))) {
      const [below, own] = await Promise.all([get(prefix + route), get(route)]);
      expect([route, below.status, below.headers.get('etag')]).toEqual([
        route,
        own.status,
        own.headers.get('etag'),
      ]);
      if (/json/.test(own.headers.get('content-type') ?? '') && own.status !== 200)
        expect(below.json()).toEqual(own.json());
    }
  });

  test('links of the exporter begin with the public URL', async () => {
    const { get } = await runBelow(path);
    const openapi = (await get('/api/v1/openapi.json')).json() as { servers: unknown };
    expect(openapi.servers).toEqual([{ url: `https://ops.example.com${prefix}` }]);
  });

  test('the feed opens', async () => {
    const { origin } = await runBelow(path);
    const url = `${origin.replace('http', 'ws')}${prefix}/ws`;
    await new FeedViewer(url, { origin: 'https://ops.example.com' }).next('hello');
  });

  test('a proxied server is reached, also by a client that waits for status 100', async () => {
    const upstream = await serve(
      (request, response) =>
        void messageOf(request).then(({ id }) => json(response, answer(id, { url: request.url }))),
      { maxHeaderSize: 1024 * 1024 },
    );
    const { origin } = await runBelow(path, upstream.url);
    const url = new URL(`${prefix}/mcp?tenant=1`, origin);
    expect(await (await post(url, call(1))).json()).toEqual(answer(1, { url: '/mcp?tenant=1' }));
    const body = await new Promise<string>((resolve, reject) => {
      const headers = { expect: '100-continue', 'content-type': 'application/json' };
      const request = httpRequest(url, { method: 'POST', headers }, (response) => resolve(text(response)));
      request.on('continue', () => request.end(JSON.stringify(call(2)))).on('error', reject);
    });
    expect(JSON.parse(body)).toEqual(answer(2, { url: '/mcp?tenant=1' }));
    const long = { 'x-long': 'x'.repeat(100_000) };
    expect((await post(url, call(3), long)).status).toBe(200);
  });
});

test('without a path in the public URL, no prefix is removed', async () => {
  const { get } = await runBelow('/');
  expect((await get('/tools/health')).status).toBe(404);
});

test('the page answers HEAD below the public path, with and without its final slash', async () => {
  const { origin } = await runBelow('/tools/mon/');
  for (const path of ['/tools/mon', '/tools/mon/']) {
    const response = await fetch(origin + path, { method: 'HEAD', redirect: 'manual' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  }
});

describe.each([
  ['that the exporter removes', '/tools/mon', {}],
  ['that a reverse proxy has removed', '', { 'x-forwarded-prefix': '/tools/mon' }],
])('behind a prefix %s', (_, below, headers: Record<string, string>) => {
  test('the endpoint of a stream leads to the server', async () => {
    const upstream = await serve((request, response) => {
      const isStream = request.method === 'GET';
      if (isStream) response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(isStream ? 'event: endpoint\ndata: /messages?session=1\n\n' : request.url);
      if (!isStream) response.end();
    });
    const { origin } = await runBelow('/tools/mon', upstream.url);
    const accept = { ...headers, accept: 'text/event-stream' };
    const stream = await fetch(`${origin}${below}/mcp`, { headers: accept });
    const chunk = await stream.body?.getReader().read();
    const endpoint = /data: (\S+)/.exec(Buffer.from(chunk?.value ?? []).toString())?.[1] ?? '';
    expect(endpoint).toMatch(/^\/tools\/mon\/mcp\/[\w-]{22}\?session=1$/);
    const posted = await post(new URL(endpoint, origin), call(1));
    expect(await posted.text()).toBe('/messages?session=1');
  });

  test('redirects and cookies have the prefix, and the server does not', async () => {
    const seen: unknown[] = [];
    const upstream = await serve((request, response) => {
      seen.push(request.url, request.headers['x-forwarded-prefix']);
      response.writeHead(307, { location: '/other', 'set-cookie': 'a=1; Path=/' }).end();
    });
    const { origin } = await runBelow('/tools/mon', upstream.url);
    const response = await fetch(`${origin}${below}/mcp`, {
      method: 'POST',
      body: '{}',
      redirect: 'manual',
      headers,
    });
    expect(response.headers.get('location')).toMatch(/^\/tools\/mon\/mcp\/[\w-]{22}$/);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/tools/mon/mcp']);
    expect(seen).toEqual(['/mcp', undefined]);
  });
});

test.each(['//evil.example', 'https://evil.example', '/a; Domain=evil', '/a/..//b', 'a', '/', ' '])(
  'X-Forwarded-Prefix %j is ignored',
  async (prefix) => {
    const upstream = await serve((_request, response) =>
      response.writeHead(307, { location: '/other', 'set-cookie': 'a=1' }).end(),
    );
    const { origin } = await runBelow('/', upstream.url);
    const headers = { 'x-forwarded-prefix': prefix };
    const response = await fetch(`${origin}/mcp`, {
      method: 'POST',
      body: '{}',
      redirect: 'manual',
      headers,
    });
    expect(response.headers.get('location')).toMatch(/^\/mcp\//);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/mcp']);
  },
);
