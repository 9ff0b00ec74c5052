import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';
import { report } from '../../support/reports.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** The proxy's own answer to a request; null to forward it. */
type Answer = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
} | null;

/** A reverse proxy that answers some requests itself. */
async function createProxy(base: URL, options: { host?: string } = {}) {
  const proxy = { url: '', answer: (_request: IncomingMessage, _isUpgrade: boolean): Answer => null };
  const headersOf = ({ headers }: IncomingMessage): OutgoingHttpHeaders => ({
    ...headers,
    ...(options.host === undefined ? {} : { host: options.host }),
  });
  const server = createServer((incoming, outgoing) => {
    const own = proxy.answer(incoming, false);
    if (own) return outgoing.writeHead(own.status, own.headers).end(own.body ?? 'proxy');
    const { method, url: path } = incoming;
    const target = { host: base.hostname, port: base.port, method, path, headers: headersOf(incoming) };
    const upstream = request(target, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    return incoming.pipe(upstream);
  });
  server.on('upgrade', (incoming, socket, head) => {
    const own = proxy.answer(incoming, true);
    if (own) return socket.end(`HTTP/1.1 ${own.status} Answer\r\ncontent-length: 0\r\n\r\n`);
    const upstream = connect(Number(base.port), base.hostname);
    const lines = Object.entries(headersOf(incoming)).map(([name, value]) => `${name}: ${String(value)}`);
    upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    for (const each of [socket, upstream]) each.on('error', () => each.destroy());
    return upstream.pipe(socket).pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return proxy;
}

test.each([404, 200])(
  'a proxy that answers the upgrade with %i: the page says so, and polls',
  async (status) => {
    const { base } = await hub();
    await report(base, [{ kind: 'completed', operation_id: 'a', operation_name: 'before' }]);
    const proxy = await createProxy(base);
    proxy.answer = (_, isUpgrade) => (isUpgrade ? { status } : null);
    const { page } = await openPage(browser, proxy.url);
    await page.locator('#connection-text', { hasText: 'Polling' }).waitFor();
    await page.locator('.banner', { hasText: 'A proxy blocks the live feed' }).waitFor();
    await page.locator('.feed-row', { hasText: 'before' }).waitFor();
    await report(base, [{ kind: 'completed', operation_id: 'b', operation_name: 'after' }]);
    await page.locator('.feed-row', { hasText: 'after' }).waitFor();
    proxy.answer = () => null;
    await page.locator('#connection-text', { hasText: 'Connected' }).waitFor({ timeout: 60_000 });
    await expect.poll(() => page.locator('.banner').count()).toBe(0);
  },
);

test('a proxy that rewrites Host: the page names the setting, and polls', async () => {
  const { base } = await hub();
  const proxy = await createProxy(base, { host: 'localhost:1' });
  const { page } = await openPage(browser, proxy.url);
  await page.locator('.banner', { hasText: /refuses this page: .*MONITORING_ALLOWED_ORIGINS/ }).waitFor();
  await page.locator('#connection-text', { hasText: 'Polling' }).waitFor();
});

test.each([
  { status: 401 },
  { status: 403 },
  { status: 302, headers: { location: '/sign-in' } },
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Sign in</h1>' },
])('a sign-in that expires with $status: the page offers to sign in again', async (answer) => {
  const { base } = await hub();
  const proxy = await createProxy(base);
  const { page } = await openPage(browser, proxy.url);
  await page.locator('#connection-text', { hasText: 'Connected' }).waitFor();
  // What the page needs without the exporter is loaded.
  await page.waitForLoadState('networkidle');
  proxy.answer = () => answer;
  await page.evaluate(() => {
    WebSocket.prototype.send = function close(this: WebSocket) {
      this.close();
    };
    dispatchEvent(new Event('online'));
  });
  const notice = page.locator('.banner', { hasText: 'sign in again' });
  await notice.getByRole('button', { name: 'Reload' }).waitFor();
  expect(await page.locator('#key-form').isVisible()).toBe(false);
});
