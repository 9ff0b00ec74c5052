import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { SocketLimiter } from '../../../src/http/socket-limiter.ts';

const answerAtOnce: RequestListener = (_request, response) => void response.end('hello');

async function limited(max: number, onRequest = answerAtOnce, isNearLimit = () => false) {
  const limits: string[] = [];
  const limiter = new SocketLimiter({
    max,
    openFiles: { isNearLimit },
    onLimit: (limit) => limits.push(limit),
  });
  const server = createServer({ keepAliveTimeout: 60_000 }, onRequest);
  server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  limiter.watch(server);
  server.listen(0, '::', () => undefined);
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const open = new Set<Socket>();
  return {
    limits,
    server,
    open,
    /** A socket that stays open, from an address of its own; what it sends first is `text`. */
    connect: async (from: string, text = '') => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      open.add(socket);
      if (text !== '') socket.write(text);
      socket.resume();
      return socket;
    },
    get: (from: string) =>
      new Promise<number>((resolve, reject) => {
        const options = { port, host: '127.0.0.1', localAddress: from, agent: false };
        httpRequest(options, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      }),
  };
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const UPGRADE = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

test('a hundred times as many idle sockets as allowed lock nobody out, of the same address or another', async () => {
  const { connect, get, open, limits } = await limited(8);
  for (let i = 0; i < 800; i++) await connect('127.0.0.2', i % 2 ? GET : '');
  expect(await get('127.0.0.2')).toBe(200);
  expect(await get('127.0.0.3')).toBe(200);
  await expect.poll(() => open.size).toBeLessThanOrEqual(4);
  expect(limits.filter((limit) => limit === 'sockets').length).toBeGreaterThanOrEqual(796);
});

test('an address may take half of the sockets, and the largest one gives way', async () => {
  const { connect, open } = await limited(8);
  const others = await Promise.all([connect('127.0.0.3', UPGRADE), connect('127.0.0.4')]);
  for (let i = 0; i < 100; i++) await connect('127.0.0.2');
  await expect.poll(() => open.size).toBe(6);
  for (let i = 0; i < 100; i++) await connect('127.0.0.5');
  await expect.poll(() => open.size).toBe(8);
  expect(others.every((socket) => open.has(socket))).toBe(true);
});

test('a socket with a response under way, or upgraded, does not give way to a new one', async () => {
  const { connect, get, open } = await limited(4, (request, response) => {
    if (request.url === '/stream') response.write('here it comes');
    else answerAtOnce(request, response);
  });
  const stream = await connect('127.0.0.2', 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(stream, 'data');
  const webSocket = await connect('127.0.0.2', UPGRADE);
  await once(webSocket, 'data');
  // The address has its half, and nothing of it may go.
  for (let i = 0; i < 10; i++) await once(await connect('127.0.0.2'), 'close');
  expect([stream, webSocket].every((socket) => open.has(socket))).toBe(true);
  expect(await get('127.0.0.3')).toBe(200);
});

const answerAtEnd: RequestListener = (request, response) => {
  request.resume();
  request.once('end', () => response.end('hello'));
};

test('a client that sends the header of a request for ever holds no place', async () => {
  const { connect, get } = await limited(4, answerAtEnd);
  for (let i = 0; i < 400; i++) await connect('127.0.0.2', 'POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  expect(await get('127.0.0.2')).toBe(200);
});

test('a client that sends the body of a request for ever holds no place', async () => {
  const { connect, get, server } = await limited(4, answerAtEnd);
  for (let i = 0; i < 400; i++) {
    const received = once(server, 'request');
    await connect('127.0.0.2', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow');
    await received;
  }
  expect(await get('127.0.0.2')).toBe(200);
});

test('a client that does not read its response gives way when nothing is idle', async () => {
  const { connect, get, server } = await limited(4, (request, response) => {
    if (request.url === '/large') response.end(Buffer.alloc(50 * 1024 * 1024));
    else answerAtOnce(request, response);
  });
  for (let i = 0; i < 2; i++) {
    const connected = once(server, 'request');
    const socket = await connect('127.0.0.2', 'GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await connected;
  }
  expect(await get('127.0.0.2')).toBe(200);
});

test('a new socket takes the place of an idle one when few files may still be opened', async () => {
  let isNear = false;
  const { connect, get, open } = await limited(1000, answerAtOnce, () => isNear);
  for (let i = 0; i < 20; i++) await connect('127.0.0.2');
  isNear = true;
  for (let i = 0; i < 200; i++) await connect('127.0.0.3');
  expect(await get('127.0.0.3')).toBe(200);
  await expect.poll(() => open.size).toBeLessThanOrEqual(20);
});

test('a quiet socket is closed, but a stream is not', async () => {
  const { connect, server, limits } = await limited(10, (request, response) => {
    if (request.url === '/stream') response.write('here it comes');
    else answerAtOnce(request, response);
  });
  server.setTimeout(300);
  const stream = await connect('127.0.0.2', 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(stream, 'data');
  const idle = await connect('127.0.0.2');
  await once(idle, 'close');
  const again = await connect('127.0.0.2');
  await once(again, 'close');
  expect(limits).toEqual(['socket_idle', 'socket_idle']);
  expect(stream.destroyed).toBe(false);
});
