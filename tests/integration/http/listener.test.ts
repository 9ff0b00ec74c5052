import { once } from 'node:events';
import { connect } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { startListener } from '../../../src/http/listener.ts';
import { SocketLimiter } from '../../../src/http/socket-limiter.ts';
import { createGate } from '../../support/gates.ts';

test.each([
  ['its header', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'header_time'],
  ['its body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc', 'body_time'],
])('clients that take too long to send %s are answered with 408 and closed', async (_title, text, limit) => {
  const limits: string[] = [];
  const onLimit = (reached: string) => void limits.push(reached);
  const listener = await startListener({
    host: 'localhost',
    address: '127.0.0.1',
    port: 0,
    portSetting: 'PORT',
    keepsProcessAlive: false,
    gate: createGate(),
    sockets: new SocketLimiter({ max: 1000, openFiles: { isNearLimit: () => false }, onLimit }),
    onLimit,
    onRequest: (request) => void request.resume(),
    onUpgrade: () => undefined,
    times: { headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 },
  });
  onTestFinished(() => listener.close(0));
  const answers = Array.from({ length: 100 }, async () => {
    const socket = connect(Number(listener.url.port), '127.0.0.1');
    socket.write(text);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    await once(socket, 'close');
    return answer.toString();
  });
  for (const answer of await Promise.all(answers))
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*request_timeout/s);
  expect(limits).toEqual(Array.from({ length: 100 }, () => limit));
});
