import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { launchBrowser, openPage } from '../support/browser.ts';
import { FREE_PORTS, runCli } from '../support/cli-process.ts';
import { freePort } from '../support/everything.ts';
import { answer, call, event, messageOf, serve } from '../support/proxied-http.ts';
import {
  CREDENTIALS,
  documented,
  HOST,
  runCaddy,
  runNginx,
  type ReverseProxyOptions,
} from '../support/reverse-proxies.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
});
afterAll(() => browser.close());

const KEY = 'correct-horse-battery';

interface Setup {
  readonly title: string;
  readonly run: (options: ReverseProxyOptions) => Promise<unknown>;
  /** What the documented server contains; null for its own text. */
  readonly inside: () => string | null;
  /** The path that users open. */
  readonly path: string;
  readonly hasSignIn?: boolean;
}

const SETUPS: Setup[] = [
  { title: 'nginx with a host name of its own', run: runNginx, inside: () => null, path: '/' },
  {
    title: 'nginx with a prefix that it removes',
    run: runNginx,
    inside: () => documented('nginx', 'proxy_pass http://mcp_exporter/;'),
    path: '/monitoring/',
  },
  {
    title: 'nginx with a prefix that it removes, opened without the final slash',
    run: runNginx,
    inside: () => documented('nginx', 'proxy_pass http://mcp_exporter/;'),
    path: '/monitoring',
  },
  {
    title: 'nginx with a prefix that it keeps',
    run: runNginx,
    inside: () =>
      documented('nginx', 'location /monitoring/ {\n    include snippets/mcp-exporter.conf;\n    proxy_pass'),
    path: '/monitoring/',
  },
  {
    title: 'nginx with basic authentication',
    run: runNginx,
    inside: () => documented('nginx', 'auth_basic'),
    path: '/',
    hasSignIn: true,
  },
  { title: 'Caddy with a host name of its own', run: runCaddy, inside: () => null, path: '/' },
  {
    title: 'Caddy with a prefix that it removes',
    run: runCaddy,
    inside: () => documented('caddyfile', 'handle_path'),
    path: '/monitoring/',
  },
  {
    title: 'Caddy with a prefix that it removes, opened without the final slash',
    run: runCaddy,
    inside: () => documented('caddyfile', 'handle_path'),
    path: '/monitoring',
  },
  {
    title: 'Caddy with a prefix that it keeps',
    run: runCaddy,
    inside: () => documented('caddyfile', 'handle /monitoring*'),
    path: '/monitoring',
  },
  {
    title: 'Caddy with basic authentication',
    run: runCaddy,
    inside: () => documented('caddyfile', 'basicauth'),
    path: '/',
    hasSignIn: true,
  },
];

/** An MCP server over HTTP. Its calls report progress and end when `finish` is called; its stream announces an endpoint. */
async function serveSlowly() {
  const calls: (() => void)[] = [];
  const upstream = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (request.method === 'GET') return void response.write('event: endpoint\ndata: /messages\n\n');
    void messageOf(request).then(({ id, method }) => {
      if (method !== 'tools/call') return response.end(event(answer(id, { protocolVersion: '2025-11-25' })));
      calls.push(() => response.end(event(answer(id, { content: [] }))));
      const params = { progressToken: 'p', progress: 1, total: 2 };
      return response.write(event({ jsonrpc: '2.0', method: 'notifications/progress', params }));
    });
  });
  return { url: upstream.url, finish: () => calls.splice(0).forEach((end) => end()) };
}

/** An exporter with a proxied MCP server, behind a reverse proxy. */
async function runBehind({ run, inside, path, hasSignIn = false }: Setup) {
  const [port, upstreamPort] = [await freePort(), await freePort()];
  const publicUrl = new URL(path, `https://${HOST}:${port}`);
  const server = await serveSlowly();
  const cli = runCli(['proxy', '--upstream', server.url.href, '--port', String(upstreamPort)], {
    ...FREE_PORTS,
    MONITORING_PUBLIC_URL: publicUrl.href,
    ...(hasSignIn ? { MONITORING_REQUIRE_AUTH: 'true', MONITORING_API_KEY: KEY } : undefined),
  });
  await cli.printed('stdout', /metrics +(\S+)/);
  await run({ inside: inside(), port, upstreamPort });
  const below = path.replace(/\/$/, '');
  const auth = hasSignIn ? { auth: `${CREDENTIALS.username}:${CREDENTIALS.password}` } : undefined;
  /** Sends a request through the reverse proxy. */
  const send = async (route: string, options: RequestOptions = {}, body?: unknown) => {
    const { headers, ...others } = options;
    const given = headers as Record<string, string> | undefined;
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      path: below + route,
      servername: HOST,
      // The certificate is self-signed.
      rejectUnauthorized: false,
      ...auth,
      ...others,
      headers: { host: publicUrl.host, ...given },
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [ServerResponse & NodeJS.ReadableStream];
    onTestFinished(() => void request.destroy());
    return response;
  };
  return { publicUrl, server, send };
}

const MCP_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe.each(SETUPS)('behind $title', (setup) => {
  const { hasSignIn = false } = setup;

  test('the page, the feed, /metrics, the API and streams of /mcp work', async () => {
    const { publicUrl, server, send } = await runBehind(setup);
    const { page, complaints } = await openPage(browser, publicUrl.href, {
      ignoreHTTPSErrors: true,
      ...(hasSignIn ? { httpCredentials: CREDENTIALS } : undefined),
    });
    if (hasSignIn) {
      await page.locator('#key').fill(KEY);
      await page.locator('#key').press('Enter');
    }
    await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
    expect(await page.locator('header.top').evaluate((header) => getComputedStyle(header).display)).toBe(
      'flex',
    );

    const response = await send('/mcp', { method: 'POST', headers: MCP_HEADERS }, call(1, 'slow'));
    const [progress] = await once(response, 'data');
    expect(String(progress)).toContain('notifications/progress');
    await page.locator('#now-list', { hasText: 'slow' }).waitFor();
    server.finish();
    expect(await text(response as never)).toContain('"result"');
    const stream = await send('/mcp', { headers: { accept: 'text/event-stream' } });
    const [endpoint] = await once(stream, 'data');
    expect(String(endpoint)).toContain(`data: ${setup.path.replace(/\/$/, '')}/mcp/`);
    await page.locator('.feed-row', { hasText: 'slow' }).click();
    await page.locator('#operation', { hasText: 'slow' }).waitFor();
    await page.reload();
    await page.locator('#operation', { hasText: 'slow' }).waitFor();

    const key = hasSignIn ? { 'x-api-key': KEY } : {};
    const metrics = await text((await send('/metrics', { headers: key })) as never);
    expect(metrics).toMatch(/^mcp_server_operation_duration_seconds_count\{.*"slow".*\} 1$/m);
    const sessions = await text((await send('/api/v1/sessions/a%2Fb', { headers: key })) as never);
    expect(JSON.parse(sessions)).toHaveProperty('error.code', 'unknown_session');
    const status = await text((await send('/api/v1/status', { headers: key })) as never);
    expect(JSON.parse(status)).toHaveProperty('feed.boot_id');
    if (hasSignIn) {
      await page.getByRole('link', { name: 'Metrics' }).click();
      await page.getByText('"unauthorized"').waitFor();
      await page.goto(publicUrl.href);
      await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
    }
    // Of requests without the key. With 401, the browser would forget the credentials of the reverse proxy.
    const refusals = complaints.filter((each) => hasSignIn && /\b403\b/.test(each));
    expect(complaints).toEqual(refusals);
  });
});
