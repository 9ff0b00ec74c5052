import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { launchBrowser, openPage } from '../../support/browser.ts';
import { FREE_PORTS, hub, runCli } from '../../support/cli-process.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** An HTTP server on `port`, or on a free one. */
async function listen(port = 0): Promise<Server> {
  const server = createServer((_request, response) => response.end()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return server;
}

/** A port on which no program listens. */
async function freePort(): Promise<number> {
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startProxy(upstreamPort: number, flags: readonly string[]) {
  const upstream = `http://127.0.0.1:${upstreamPort}/mcp`;
  const cli = runCli(['proxy', '--upstream', upstream, '--name', 'weather', ...flags], FREE_PORTS);
  const mcp = new URL(await cli.printed('stdout', /MCP endpoint +(\S+)/));
  return { ...cli, mcp };
}

test('an unreachable HTTP server is on the page of its proxy, without any client, until it answers', async () => {
  const port = await freePort();
  const { mcp } = await startProxy(port, []);
  const { page, complaints } = await openPage(browser, new URL('/', mcp).href);
  const reason = `connect ECONNREFUSED 127.0.0.1:${port}`;
  const link = page.getByRole('list', { name: 'Problems' }).getByRole('link');
  await expect.poll(() => link.allTextContents()).toEqual([expect.stringContaining(reason)]);
  expect(await link.textContent()).toMatch(/^weather is unreachable: /);
  await link.click();
  const row = page.locator('.servers tbody tr', { has: page.getByRole('rowheader', { name: 'weather' }) });
  await expect.poll(() => row.locator('.session-status').textContent()).toBe('unreachable');
  expect(await row.textContent()).toContain(reason);
  expect((await row.locator('td').allTextContents())[0]).toBe('0 sessions');

  // On a phone, the state is not clipped.
  await page.setViewportSize({ width: 360, height: 800 });
  const cell = row.locator('td', { has: page.locator('.session-status') });
  const clipped = await cell.evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(clipped).toBeLessThanOrEqual(0);

  await listen(port);
  await fetch(mcp, { method: 'POST' });
  await row.waitFor({ state: 'detached' });
  expect(complaints).toEqual([]);
});

test('a hub shows an unreachable server until its proxy leaves', async () => {
  const { base } = await hub();
  const { child } = await startProxy(await freePort(), ['--hub', base.href]);
  const { page } = await openPage(browser, base.href);
  const link = page.getByRole('list', { name: 'Problems' }).getByRole('link');
  await link.getByText('weather is unreachable').waitFor();
  await page.reload();
  await link.getByText('weather is unreachable').waitFor();
  child.kill('SIGTERM');
  await link.waitFor({ state: 'detached' });
});
