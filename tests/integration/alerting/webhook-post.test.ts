import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { createWebhookPost } from '../../../src/alerting/webhook-post.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
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

test('a redirect is told, and not followed', async () => {
  const webhook = await startWebhookReceiver(307);
  const { status } = await createWebhookPost(webhook.url, '')('{}', never);
  expect({ status, posts: webhook.deliveries.length }).toEqual({ status: 307, posts: 1 });
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
