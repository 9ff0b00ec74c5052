import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { LIMITS } from '../../../src/monitor/limits.ts';
import { createOutboundFetch } from '../../../src/outbound/outbound-fetch.ts';
import { HubClient } from '../../../src/relay/hub-client.ts';

const ACCEPTED = JSON.stringify({ boot_id: 'b', next_seq: 1, heartbeat_seconds: 15 });

/** A client of something that answers by `listener`. */
async function clientOf(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const limits: string[] = [];
  const client = new HubClient({
    config: { hubUrl: `http://127.0.0.1:${port}`, hubKey: 'the-key', variablePrefix: '' },
    fetch: createOutboundFetch({ keepAlive: true, isBackground: true }),
    now: () => Date.now(),
    onLimit: (limit) => limits.push(limit),
  });
  /** What became of a report that had so long. */
  const post = async (withinMs: number) => {
    const result = await client.post('{}', AbortSignal.timeout(withinMs));
    return 'answer' in result ? result.answer : result.failure;
  };
  return { post, server, limits };
}

test('a report and its key arrive, and the response is read; one connection serves several reports', async () => {
  const seen: unknown[] = [];
  const sockets = new Set<unknown>();
  const { post } = await clientOf((request, response) => {
    sockets.add(request.socket);
    seen.push([request.method, request.url, request.headers.authorization, request.headers['content-type']]);
    request.resume().on('end', () => response.end(ACCEPTED));
  });
  for (let i = 0; i < 3; i++) expect(await post(5000)).toMatchObject({ kind: 'accepted' });
  const expected = ['POST', '/api/v1/report', 'Bearer the-key', 'application/json'];
  expect(seen).toEqual([expected, expected, expected]);
  expect(sockets.size).toBe(1);
});

test.each([
  [200, 'refused', /longer than 65536 bytes.*not an mcp-exporter hub/],
  [400, 'refused', /^not an mcp-exporter hub/],
  [503, 'unreachable', /503/],
])('of an endless response with status %d only the first 64 KiB are read', async (status, kind, reason) => {
  let sentBytes = 0;
  let isClosed = false;
  const { post, limits } = await clientOf((_, response) => {
    const chunk = 'x'.repeat(65_536);
    response.writeHead(status);
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    response.on('drain', more).on('close', () => (isClosed = true));
    more();
  });
  const outcome = await post(60_000);
  expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(reason) });
  await expect.poll(() => isClosed).toBe(true);
  // What is in the buffers of both sides comes on top.
  expect(sentBytes).toBeLessThan(100 * LIMITS.hub_response.max);
  expect(limits).toEqual(['hub_response']);
});

test('a response that goes on byte by byte is given up when the time is over', async () => {
  const { post } = await clientOf((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(timer));
  });
  expect(await post(200)).toMatchObject({ kind: 'unreachable' });
});

test('a redirect is refused, and the key goes nowhere else', async () => {
  let requests = 0;
  const { post } = await clientOf((_, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await post(5000)).toMatchObject({ kind: 'refused' });
  expect(requests).toBe(1);
});

test('a port of another protocol is not a hub’s', async () => {
  const server = createTcpServer((socket) =>
    socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.6\r\n'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const client = new HubClient({
    config: {
      hubUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      hubKey: undefined,
      variablePrefix: '',
    },
    fetch: createOutboundFetch({ keepAlive: true, isBackground: true }),
    now: () => Date.now(),
    onLimit: () => undefined,
  });
  expect(await client.post('{}', AbortSignal.timeout(5000))).toMatchObject({
    failure: { kind: 'refused', reason: expect.stringMatching(/^not an mcp-exporter hub/) },
  });
});

test('a connection that the hub closes between two reports costs none', async () => {
  const { post, server } = await clientOf((request, response) => {
    request.resume().on('end', () => response.end(ACCEPTED));
  });
  expect(await post(5000)).toMatchObject({ kind: 'accepted' });
  server.closeAllConnections();
  expect(await post(5000)).toMatchObject({ kind: 'accepted' });
});

test.each([101, 204, 999])('an answer with status %d is no hub’s, and throws nothing', async (status) => {
  const { post } = await clientOf((request, response) => {
    request.socket.end(`HTTP/1.1 ${status} Odd\r\nconnection: close\r\n\r\n`);
    void response;
  });
  expect(['unreachable', 'refused']).toContain((await post(5000)).kind);
});

test('a connection that serves many reports collects no listeners', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const { post } = await clientOf((request, response) => {
    request.resume().once('end', () => response.end(ACCEPTED));
  });
  for (let i = 0; i < 20; i++) await post(5000);
  // Node emits warnings in a later turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});
