import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { createWebhookPost } from '../../../src/alerting/webhook-post.ts';
import { redirectOf } from '../../../src/alerting/webhook-redirect.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import { startWebhookReceiver } from '../../support/webhook-receiver.ts';

const never = new AbortController().signal;

test('user and password of the URL become basic authentication, and its path stays', async () => {
  const webhook = await startWebhookReceiver(204);
  const url = webhook.url.replace('http://', 'http://user:p%40ss@');
  const answer = await createWebhookPost(url, 'mcp-exporter/1')('{"a":"ü"}', never);
  expect(answer.status).toBe(204);
  const [delivery] = webhook.deliveries;
  expect(delivery).toMatchObject({ path: '/s3cret-path', message: { a: 'ü' } });
  expect(delivery?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    'content-type': 'application/json',
    'user-agent': 'mcp-exporter/1',
  });
});

describe('a redirect', () => {
  /** A receiver at a new address, and one that redirects there. */
  async function startRedirects(status: number, toNewAddress: (url: string) => string = (url) => url) {
    const moved = await startWebhookReceiver(204);
    const old = await startWebhookReceiver(status, { location: toNewAddress(moved.url) });
    const url = old.url.replace('http://', 'http://user:p%40ss@');
    return { old, moved, post: createWebhookPost(url, 'mcp-exporter/1') };
  }

  test.each([307, 308])(
    'with %i gets the message at its new address, without the credentials',
    async (status) => {
      const { old, moved, post } = await startRedirects(status);
      expect(await post('{"a":1}', never)).toMatchObject({ status: 204 });
      expect(old.deliveries[0]?.headers.authorization).toBe(`Basic ${btoa('user:p@ss')}`);
      expect(moved.deliveries).toMatchObject([{ path: '/s3cret-path', message: { a: 1 } }]);
      expect(moved.deliveries[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
      expect(moved.deliveries[0]?.headers.authorization).toBeUndefined();
    },
  );

  test('never takes credentials from the new address', async () => {
    const { moved, post } = await startRedirects(307, (url) => url.replace('http://', 'http://a:b@'));
    await post('{}', never);
    expect(moved.deliveries[0]?.headers.authorization).toBeUndefined();
  });

  test('within the origin keeps the credentials', async () => {
    const webhook = await startWebhookReceiver(308, { location: './moved', times: 1 });
    const url = webhook.url.replace('http://', 'http://user:pass@');
    expect(await createWebhookPost(url, '')('{"a":1}', never)).toMatchObject({ status: 204 });
    const authorization = `Basic ${btoa('user:pass')}`;
    expect(webhook.deliveries).toMatchObject([
      { path: '/s3cret-path', headers: { authorization } },
      { path: '/moved', headers: { authorization }, message: { a: 1 } },
    ]);
  });

  test.each([301, 302, 303])('with %i would lose the message, and names the setting', async (status) => {
    const { moved, post } = await startRedirects(status);
    await expect(post('{}', never)).rejects.toThrow(
      `HTTP status ${status}, redirects to ${new URL(moved.url).host}`,
    );
    expect(moved.deliveries).toEqual([]);
  });

  test('in a loop is followed five times', async () => {
    const webhook = await startWebhookReceiver(307, { location: '' });
    await expect(createWebhookPost(webhook.url, '')('{}', never)).rejects.toThrow(
      'HTTP status 307, more than 5 redirects',
    );
    expect(webhook.deliveries).toHaveLength(6);
  });

  test.each([undefined, 'http://'])('to %j is an answer like any other', async (location) => {
    const webhook = await startWebhookReceiver(307, { location });
    expect(await createWebhookPost(webhook.url, '')('{}', never)).toMatchObject({ status: 307 });
  });

  test('from https to http is not followed', () => {
    const response = new Response(null, { status: 307, headers: { location: 'http://a.test/s3cret' } });
    expect(() => redirectOf(response, new URL('https://a.test/'))).toThrow(
      'HTTP status 307, redirects from https to http://a.test',
    );
  });
});

test('a webhook is reached through the proxy of HTTP_PROXY', async () => {
  const webhook = await startWebhookReceiver(204);
  const proxy = await startForwardProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const url = webhook.url.replace('127.0.0.1', 'receiver.test');
  expect(await createWebhookPost(url, '')('{"a":1}', never)).toMatchObject({ status: 204 });
  expect(proxy.requests).toEqual([`POST ${url}`]);
  expect(webhook.deliveries).toMatchObject([{ message: { a: 1 } }]);
});

test('a refused connection has its code, and an error that does not repeat the URL', async () => {
  const error: unknown = await createWebhookPost('http://127.0.0.1:1/s3cret', '')('{}', never).catch(
    (error: unknown) => error,
  );
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(String(error)).not.toContain('s3cret');
});

test('a webhook that does not answer is left when the signal says so', async () => {
  const webhook = await startWebhookReceiver('nothing');
  const leave = new AbortController();
  const posted = createWebhookPost(webhook.url, '')('{}', leave.signal);
  await webhook.message(0);
  leave.abort();
  await expect(posted).rejects.toThrow(/abort/);
});

test('an answer counts as it is, even where its body never ends', async () => {
  const server = createServer(
    (_, response) => void response.writeHead(429, { 'retry-after': '7' }).write('a'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const post = createWebhookPost(`http://127.0.0.1:${port}/`, '');
  const { status, headers } = await post('{}', AbortSignal.timeout(10_000));
  expect([status, headers.get('retry-after')]).toEqual([429, '7']);
});

test('of an endless body only 64 KiB are read, at any speed', async () => {
  let sentBytes = 0;
  const server = createServer((request, response) => {
    const chunk = 'x'.repeat(65_536);
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    request.resume();
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const limits: string[] = [];
  const post = createWebhookPost(`http://127.0.0.1:${port}/`, '', (limit) => limits.push(limit));
  expect(await post('{}', never)).toMatchObject({ status: 200 });
  await expect.poll(() => limits).toEqual(['webhook_response']);
  await expect
    .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
    .toBe(0);
  expect(sentBytes).toBeLessThan(100 * LIMITS.webhook_response.max);
});
