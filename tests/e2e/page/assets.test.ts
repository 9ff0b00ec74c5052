import { createServer, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { readPageFiles } from '../../../src/http/page-files.ts';
import { withoutPrefix } from '../../../src/http/public-path.ts';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { hub } from '../../support/cli-process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test('every script and style has a hash in its name and is cached for good', async () => {
  const { base } = await hub();
  const { page, complaints, received } = await openPage(browser, new URL('?view=operations', base).href);
  await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
  await page.waitForFunction(() => document.styleSheets.length === 3);
  const assets = (await received()).map(({ url }) => url).filter((url) => /\.(js|css)$/.test(url));
  expect(assets.length).toBeGreaterThan(4);
  for (const url of assets) {
    expect(url).toMatch(/\/assets\/[\w-]+-[\w-]{8}\.(js|css)$/);
    const { headers } = await fetch(url);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  }
  expect(complaints).toEqual([]);
});

test('every file of the page is served below the path of the public URL', () => {
  const files = [...readPageFiles('dist/feed/page').keys()];
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => withoutPrefix(`/ops${file}`, '/ops') !== file)).toEqual([]);
});

/** A reverse proxy that removes `/ops` from paths. */
async function strip(base: URL): Promise<string> {
  const forward = ({ url = '', method = 'GET', headers }: IncomingMessage) => {
    const path = url.startsWith('/ops') ? url.slice('/ops'.length) : '/outside-of-the-prefix';
    return request(new URL(path.replace(/^(?!\/)/, '/'), base), { method, headers });
  };
  const server = createServer((received, response) => {
    const sent = forward(received);
    sent.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    received.pipe(sent);
  });
  server.on('upgrade', (received, socket) => {
    const sent = forward(received).end();
    sent.on('upgrade', (answer, upstream, head) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      // May contain the first message.
      socket.write(head);
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each(['/ops', '/ops/', '/ops?view=operations', '/ops/index.html'])(
  'behind a reverse proxy that removes a prefix, the page works at %s',
  async (path) => {
    const { base } = await hub();
    const { page } = await openPage(browser, (await strip(base)) + path);
    await page.locator('#connection-text', { hasText: /^Connected$/ }).waitFor();
    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await page.waitForFunction(() => document.styleSheets.length === 3);
    const rules = await page.evaluate(() => [...document.styleSheets].map((sheet) => sheet.cssRules.length));
    for (const count of rules) expect(count).toBeGreaterThan(0);
  },
);
