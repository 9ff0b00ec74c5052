import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test, vi } from 'vitest';

import { PrometheusClient } from '../../../src/history/prometheus-client.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';

test.each([200, 503])(
  'the client reads only 16 MiB of an endless response with status %d',
  async (status) => {
    let sentBytes = 0;
    let isClosed = false;
    const server = createServer((request, response) => {
      const chunk = ' '.repeat(1024 * 1024);
      response.writeHead(status, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
        sentBytes += chunk.length;
      };
      request.resume();
      response.on('drain', more).on('close', () => (isClosed = true));
      more();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const limits: string[] = [];
    const { port } = server.address() as AddressInfo;
    const client = new PrometheusClient(`http://127.0.0.1:${port}`, (limit) => limits.push(limit));
    await expect(client.query('up', 0)).rejects.toThrow(
      `the response of Prometheus at http://127.0.0.1:${port}/ is longer than 16777216 bytes`,
    );
    expect(limits).toEqual(['prometheus_response']);
    await expect.poll(() => isClosed).toBe(true);
    expect(sentBytes).toBeLessThan(10 * LIMITS.prometheus_response.max);
  },
);

test('errors name the URL without its credentials', async () => {
  const server = createServer((_, response) => response.end('<h1>Hello</h1>'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new PrometheusClient(`http://me:hunter2@localhost:${port}/prometheus`);
  const name = `Prometheus at http://localhost:${port}/prometheus/`;
  await expect(client.query('up', 0)).rejects.toThrow(
    `${name} answered 200: not a response of the Prometheus API`,
  );
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await expect(client.query('up', 0)).rejects.toThrow(
    new RegExp(`^${name} is unreachable: connect ECONNREFUSED [\\[\\]\\da-f.:]+$`),
  );
});

test('Prometheus is reached through the proxy of HTTP_PROXY', async () => {
  const server = createServer((request, response) => {
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString()));
    request.on('end', () => {
      const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
      const error = `${isForm} ${new URLSearchParams(form).get('time')}`;
      response.writeHead(400).end(JSON.stringify({ status: 'error', errorType: 'bad_data', error }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy = await startForwardProxy();
  vi.stubEnv('HTTP_PROXY', proxy.url);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.close();
    server.closeAllConnections();
  });
  const url = `http://prometheus.test:${(server.address() as AddressInfo).port}`;
  await expect(new PrometheusClient(url).query('up', 7000)).rejects.toThrow('true 7.000');
  expect(proxy.requests).toEqual([`POST ${url}/api/v1/query`]);
});
