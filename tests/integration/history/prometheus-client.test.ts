import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { PrometheusClient } from '../../../src/history/prometheus-client.ts';
import { LIMITS } from '../../../src/monitor/limits.ts';

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
