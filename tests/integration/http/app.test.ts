import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, utimesSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import express from 'express';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { ExporterError } from '../../../src/errors.ts';
import type { SummarySource } from '../../../src/http/api-routes.ts';
import { createApp, createFeedOnlyApp, createMountableRoutes } from '../../../src/http/app.ts';
import type { RoutesOptions } from '../../../src/http/app.ts';
import { ANSWER_EXAMPLES } from '../../../src/http/openapi-examples.ts';
import { ROUTES } from '../../../src/http/public-path.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { createGate } from '../../support/gates.ts';

async function listen(onRequest: RequestListener) {
  const server = createServer(onRequest).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${base}${path}`, { redirect: 'manual', ...init });
    const text = await response.text();
    const json = () => JSON.parse(text) as unknown;
    return { status: response.status, headers: response.headers, text, json };
  };
}

function parts(given: Partial<RoutesOptions> = {}) {
  const lines: { msg: string; level: number }[] = [];
  const events: object[] = [];
  const sessions = given.sessions ?? new SessionRegistry();
  sessions.subscribe((event) => void (event.type === 'operation' ? undefined : events.push(event)));
  const options: RoutesOptions = {
    gate: createGate(),
    sessions,
    logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) }),
    feedPosition: () => ({ bootId: 'boot', seq: 7 }),
    status: () => Promise.resolve(ANSWER_EXAMPLES.StatusBody),
    isReady: () => true,
    metrics: null,
    history: null,
    serverActivity: () => [],
    noMetrics: 'metrics are at the hub',
    reports: { accept: () => ({ next_seq: 1 }) },
    openApi: () => ({ openapi: '3.1.0' }),
    pageDirectory: null,
    mcp: null,
    ...given,
  };
  return { options, sessions, lines, events };
}

async function serve(given: Partial<RoutesOptions> = {}) {
  const all = parts(given);
  return { ...all, get: await listen(createApp(all.options)) };
}

/** The folder of a page: an index, a file without a suffix of its own, and one in a folder. */
function pageFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.html'), '<p>the page');
  writeFileSync(join(folder, 'runbooks.html'), '<p>runbooks');
  mkdirSync(join(folder, 'views'));
  writeFileSync(join(folder, 'views', 'row.js'), 'export {};');
  return folder;
}

test('an exporter that is starting or stopping is alive but not ready', async () => {
  let isReady = false;
  const { get } = await serve({ isReady: () => isReady });
  for (const path of ['/ready', '/-/ready']) {
    const { status, json } = await get(path);
    expect([status, json()]).toEqual([
      503,
      { error: { code: 'not_ready', message: 'the exporter is starting or stopping' } },
    ]);
  }
  for (const path of ['/health', '/-/healthy', '/HEALTH/']) {
    expect((await get(path)).json()).toEqual({ status: 'ok' });
  }
  isReady = true;
  expect((await get('/ready')).json()).toEqual({ status: 'ready' });
});

test('without metrics, the routes of metrics and summaries say where they are', async () => {
  const { get } = await serve();
  for (const path of ['/metrics', '/api/v1/summary', '/api/v1/trend?operation=x', '/api/v1/activity']) {
    const { status, json } = await get(path);
    expect([status, json()]).toEqual([
      404,
      { error: { code: 'metrics_disabled', message: 'metrics are at the hub' } },
    ]);
  }
});

test('every answer has security headers and names neither Express nor a version', async () => {
  const { get } = await serve({ pageDirectory: pageFolder() });
  for (const path of ['/', '/health', '/nothing', '/api/v1/sessions']) {
    const { headers } = await get(path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(policy.split('; ')).toContain("require-trusted-types-for 'script'");
    expect(headers.get('x-powered-by')).toBeNull();
  }
  expect((await get('/api/v1/sessions')).headers.get('etag')).toBeNull();
});

test('the page is served with its files, and a page of HTML also without its suffix', async () => {
  const { get } = await serve({ pageDirectory: pageFolder() });
  expect((await get('/')).text).toBe('<p>the page');
  expect((await get('/runbooks')).text).toBe('<p>runbooks');
  expect((await get('/views/row.js')).text).toBe('export {};');
  // Neither a list of files nor a redirect to one.
  for (const path of ['/views', '/views/', '/views/row']) expect((await get(path)).status).toBe(404);
});

test('assets are cached for good, and every other file is checked by its content', async () => {
  const folder = pageFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
  const { get } = await serve({ gate: createGate({ apiKey: 'secret-key' }), pageDirectory: folder });
  const asset = await get('/assets/app-1a2b.js');
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(asset.headers.get('content-type')).toMatch(/^text\/javascript/);
  const { headers } = await get('/');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('last-modified')).toBeNull();
  // As browsers revalidate; `fetch` of Node would add `no-cache`.
  const etag = headers.get('etag') ?? '';
  const revalidation = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
  expect((await get('/', revalidation)).status).toBe(304);

  // Same size and date, as npm installs a new version.
  writeFileSync(join(folder, 'index.html'), '<p>the gape');
  utimesSync(join(folder, 'index.html'), 499_162_500, 499_162_500);
  const next = await serve({ pageDirectory: folder });
  expect((await next.get('/', revalidation)).text).toBe('<p>the gape');
  // The running server keeps its own version.
  expect((await get('/')).text).toBe('<p>the page');
});

test('an asset of another version is not found, also without the key', async () => {
  const gate = createGate({ apiKey: 'secret-key' });
  const { get } = await serve({ gate, pageDirectory: pageFolder() });
  expect((await get('/assets/app-gone.js')).status).toBe(404);
});

test('the page’s files need no key, and everything else does', async () => {
  const gate = createGate({ apiKey: 'secret-key' });
  const { get } = await serve({ gate, pageDirectory: pageFolder() });
  for (const path of [
    '/',
    '/index.html',
    '/index',
    '/runbooks',
    '/runbooks.html',
    '/views/row.js',
    '/health',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 200]);
  }
  for (const path of ['/RUNBOOKS', '/metrics', '/api/v1', '/mcp', '/nothing']) {
    expect([path, (await get(path)).status]).toEqual([path, 401]);
  }
});

test('below a path of another app, the page’s folder redirects to its slash and keeps the query', async () => {
  const { options } = parts({ pageDirectory: pageFolder() });
  const get = await listen(express().use('/monitoring', createMountableRoutes(options)));
  const { status, headers } = await get('/monitoring?session=a%2Fb');
  expect([status, headers.get('location')]).toEqual([308, './monitoring/?session=a%2Fb']);
  expect((await get('/monitoring/?x=1')).text).toBe('<p>the page');
});

test('a path of another app is left to it without our headers, also if its names begin like ours', async () => {
  const { options } = parts({ gate: createGate({ apiKey: 'secret-key' }) });
  const app = express().use(createMountableRoutes(options), (request, response) => {
    response.status(202).json({ path: request.path });
  });
  const get = await listen(app);
  for (const path of ['/', '/metricsx', '/api/v10', '/api/v2', '/x/metrics', '/mcp']) {
    const { status, headers, json } = await get(path);
    expect([status, json()]).toEqual([202, { path }]);
    expect(headers.get('content-security-policy')).toBeNull();
  }
  for (const path of ['/metrics', '/metrics/x', '/api/v1', '/api/v1/nothing', '/API/v1/sessions']) {
    expect([path, (await get(path)).status]).toEqual([path, 401]);
  }
});

test('the port of the feed alone serves nothing else, with the same gate and headers', async () => {
  const get = await listen(createFeedOnlyApp(createGate()));
  for (const path of ['/', '/metrics', '/api/v1/sessions']) {
    const { status, headers, json } = await get(path);
    expect([status, json()]).toMatchObject([404, { error: { code: 'unknown_route' } }]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  const guarded = await listen(createFeedOnlyApp(createGate({ apiKey: 'secret-key' })));
  expect((await guarded('/nothing')).status).toBe(401);
});

test('an unknown route is named with its method, cut to 200 characters of its path', async () => {
  const { get } = await serve();
  const { json } = await get(`/${'x'.repeat(300)}`, { method: 'DELETE' });
  const message = `no such route: DELETE /${'x'.repeat(199)}`;
  expect(json()).toEqual({ error: { code: 'unknown_route', message } });
});

test('a failure is logged and answered without what failed', async () => {
  const reports = {
    accept: () => {
      throw new Error('an inner secret');
    },
  };
  const { get, lines } = await serve({ reports });
  const { status, json } = await get('/api/v1/report', report({}));
  expect([status, json()]).toEqual([
    500,
    { error: { code: 'internal_error', message: 'the request failed' } },
  ]);
  expect(lines).toMatchObject([{ level: 50, msg: 'a request failed', err: { message: 'an inner secret' } }]);
});

test('a path that cannot be decoded is a bad request and not logged as a failure', async () => {
  const { get, lines } = await serve();
  const { status, json } = await get('/api/v1/sessions/%E0%A4%A');
  expect([status, json()]).toEqual([
    400,
    { error: { code: 'bad_request', message: 'the path cannot be decoded' } },
  ]);
  expect(lines).toEqual([]);
});

test('a failure after the answer has begun ends its connection', async () => {
  const mcp = {
    serverName: 's',
    handle: (_request: unknown, response: { write(text: string): void }) => {
      response.write('begun');
      throw new Error('late');
    },
  };
  const { get } = await serve({ mcp: mcp });
  await expect(get('/mcp')).rejects.toThrow();
});

function report(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } };
}

test('a report is handed over with the client that sent it', async () => {
  const accepted: unknown[][] = [];
  const reports = {
    accept: (...taken: unknown[]) => {
      accepted.push(taken);
      return { next_seq: 3 };
    },
  };
  const { get } = await serve({ reports });
  const { status, json } = await get('/api/v1/report', report({ events: [] }));
  expect([status, json()]).toEqual([200, { next_seq: 3 }]);
  expect(accepted).toEqual([[{ events: [] }, '127.0.0.1']]);
  expect((await get('/api/v1/openapi.json')).json()).toEqual({ openapi: '3.1.0' });
});

test('a report that is not one is answered with what was expected', async () => {
  const reports = {
    accept: () => {
      throw new ExporterError('invalid_report', 'events: expected a list');
    },
  };
  const { get } = await serve({ reports });
  expect(await answer(report({}))).toEqual([400, 'invalid_report', 'events: expected a list']);
  expect(await answer(report('{'))).toEqual([400, 'invalid_json', expect.stringContaining('JSON object')]);
  expect(await answer(report('{}', { 'content-type': 'text/plain' }))).toEqual([
    415,
    'expected_json',
    'expected Content-Type: application/json',
  ]);
  const latin = { 'content-type': 'application/json; charset=latin1' };
  expect(await answer(report('{}', latin))).toEqual([415, 'expected_json', 'expected JSON in UTF-8']);

  async function answer(init: RequestInit) {
    const { status, json } = await get('/api/v1/report', init);
    const { error } = json() as { error: { code: string; message: string } };
    return [status, error.code, error.message];
  }
});

test('a report may have as many bytes as the limit says, and not one more', async () => {
  const { get, events } = await serve();
  const ofSize = (size: number) => report(`{"x":"${'x'.repeat(size - '{"x":""}'.length)}"}`);
  expect((await get('/api/v1/report', ofSize(LIMITS.report_size.max))).status).toBe(200);
  expect(events).toEqual([]);
  const { status, json } = await get('/api/v1/report', ofSize(LIMITS.report_size.max + 1));
  expect([status, json()]).toEqual([
    413,
    { error: { code: 'report_too_large', message: `expected at most ${LIMITS.report_size.max} bytes` } },
  ]);
  expect(events).toMatchObject([{ type: 'limit_reached', limit: 'report_size' }]);
});

const answering = {
  serverName: 's',
  handle: (_request: unknown, response: { end(text: string): void }) => response.end('mcp'),
};

interface Layer {
  readonly rawPath: string | readonly string[];
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** The paths at which a router has handlers, without those of mounted routers. */
function pathsOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ rawPath, handle }) => {
    const paths = [rawPath].flat().filter((path) => path !== '/');
    return paths.length > 0 ? paths : pathsOf(handle.stack ?? []);
  });
}

test('exactly the routes of the app are served below the path of the public URL', () => {
  const { stack } = createApp(parts({ mcp: answering }).options).router as unknown as {
    readonly stack: readonly Layer[];
  };
  const routes = pathsOf(stack).map((path) => path.split('/')[1]);
  // The feed and the files of the built page are no routes of the router. A test in e2e compares the files.
  const page = ['assets', 'favicon.svg', 'index', 'index.html', 'runbooks', 'runbooks.html'];
  expect(new Set([...routes, ...page, 'ws'])).toEqual(ROUTES);
});

test('an MCP server is reached at /mcp, and below it only at the paths that it names', async () => {
  const { get } = await serve({ mcp: answering });
  expect((await get('/mcp')).text).toBe('mcp');
  expect((await get('/mcp', { method: 'DELETE' })).text).toBe('mcp');
  expect((await get('/mcp/sse')).json()).toMatchObject({ error: { code: 'unknown_route' } });
  const answers = (path: string) => path === '/mcp/sse';
  const proxy = await serve({ mcp: { ...answering, answers } });
  expect((await proxy.get('/mcp/sse')).text).toBe('mcp');
  const { status, json } = await proxy.get('/mcp/other');
  expect([status, json()]).toEqual([
    404,
    {
      error: {
        code: 'unknown_endpoint',
        message: 'this endpoint is unknown or has expired: connect again',
      },
    },
  ]);
});

test('clients of an MCP server send the exporter’s key, clients of a proxy do not', async () => {
  const gate = createGate({ apiKey: 'secret-key' });
  const own = await serve({ gate, mcp: answering });
  expect((await own.get('/mcp')).status).toBe(401);
  expect((await own.get('/mcp', { headers: { authorization: 'Bearer secret-key' } })).text).toBe('mcp');
  const proxy = await serve({ gate, mcp: { ...answering, isKeyAsked: false } });
  expect((await proxy.get('/mcp')).text).toBe('mcp');
  expect((await proxy.get('/mcp/x')).status).toBe(404);
  expect((await proxy.get('/mcpx')).status).toBe(401);
  expect((await proxy.get('/mcp', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
});

test('refused MCP requests are counted by their reason, others and those the server counts are not', async () => {
  let status = 404;
  const handle = (_request: unknown, response: { writeHead(status: number): { end(): void } }) =>
    response.writeHead(status).end();
  const { get, events } = await serve({ mcp: { serverName: 'srv', handle } });
  await get('/mcp', { headers: { origin: 'null' } });
  await get('/mcp');
  status = 400;
  await get('/MCP/');
  status = 399;
  await get('/mcp');
  status = 405;
  for (const method of ['GET', 'DELETE', 'POST']) await get('/mcp', { method });
  await get('/nothing');
  const rejected = { type: 'http_rejected', serverName: 'srv' };
  expect(events).toEqual([
    { ...rejected, httpStatus: 403, errorType: 'forbidden_origin' },
    { ...rejected, httpStatus: 404, errorType: '_OTHER' },
    { ...rejected, httpStatus: 400, errorType: '_OTHER' },
    // To the POST. A server without streams or sessions answers the others with 405, too.
    { ...rejected, httpStatus: 405, errorType: '_OTHER' },
  ]);
  status = 500;
  const counting = await serve({ mcp: { serverName: 'srv', handle, countsRefusals: true } });
  await counting.get('/mcp');
  await counting.get('/mcp', { headers: { origin: 'null' } });
  expect(counting.events).toEqual([{ ...rejected, httpStatus: 403, errorType: 'forbidden_origin' }]);
});

/** A history of 1,001 operations, of which the first ended least often. */
function busyHistory(count: (ended: number) => number | number[]): SummarySource {
  const operations = Object.fromEntries(
    Array.from({ length: 1001 }, (_, i) => [`op-${i}`, { count: count(i), successCount: i }]),
  );
  return {
    getMetricsSummary: () => Promise.resolve({ source: 'local', operations }),
    getPerformanceTrend: () => Promise.resolve({ source: 'local', trend: [] }),
    getRecentActivity: () => Promise.resolve({ source: 'local', operations }),
  } as unknown as SummarySource;
}

test.each<[string, (ended: number) => number | number[]]>([
  ['/api/v1/summary', (ended) => ended],
  ['/api/v1/activity', (ended) => [1, ended]],
])('%s has at most a thousand operations, those that ended most often', async (path, count) => {
  const { get, events } = await serve({ history: busyHistory(count) });
  const { operations } = (await get(path)).json() as { operations: Record<string, unknown> };
  expect(Object.keys(operations)).toHaveLength(1000);
  expect(operations).not.toHaveProperty('op-0');
  expect(operations['op-1000']).toEqual({ count: count(1000), success_count: 1000 });
  expect(events).toMatchObject([{ type: 'limit_reached', limit: 'answer_operations', count: 1 }]);
});

test('a summary of a thousand operations is whole', async () => {
  const busy = busyHistory((ended) => ended);
  const history = {
    getMetricsSummary: async () => {
      const { source, operations } = await busy.getMetricsSummary(undefined, 1);
      const { 'op-0': _, ...rest } = operations;
      return { source, operations: rest };
    },
  } as unknown as SummarySource;
  const { get, events } = await serve({ history });
  const { operations } = (await get('/api/v1/summary')).json() as { operations: Record<string, unknown> };
  expect([Object.keys(operations).length, events]).toEqual([1000, []]);
});
