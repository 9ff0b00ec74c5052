import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';

import { expect, test } from 'vitest';

import type { HttpExchange } from '../../../../src/mcp/http/http-exchange.ts';
import { HttpTraffic } from '../../../../src/mcp/http/http-traffic.ts';
import { ObservedBody } from '../../../../src/mcp/http/observed-body.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { Allowance } from '../../../../src/monitor/allowance.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import type { LimitName } from '../../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const MEBIBYTE = 2 ** 20;
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

/** A request whose body arrives when the test says so. */
function observing(max?: number) {
  const events: MonitorEvent[] = [];
  const limits: LimitName[] = [];
  const sessions = new SessionRegistry();
  sessions.subscribe((event) => events.push(event));
  const traffic = new HttpTraffic({
    sessions,
    clock: new FakeClock(),
    config: DEFAULT_CONFIG,
    server: new WatchedServer({ name: 'demo' }),
    sessionOf: undefined,
  });
  const exchange: HttpExchange = traffic.exchange({ method: 'POST', path: '/mcp', header: () => undefined });
  const allowance = new Allowance('text_total', (limit) => void limits.push(limit), max);
  const request = Object.assign(new PassThrough({ highWaterMark: 8 * MEBIBYTE }), {
    complete: false,
    headers: {},
  });
  const body = new ObservedBody(request as unknown as IncomingMessage, exchange, allowance);
  const started = () => events.filter(({ type }) => type === 'request_started').length;
  const finish = async () => {
    request.end();
    request.complete = true;
    request.resume();
    await body.isRead;
  };
  const kept = () => body.kept()?.reduce((bytes, chunk) => bytes + chunk.length, 0) ?? null;
  return { request, body, allowance, limits, started, finish, kept };
}

test('a body is observed when it is complete, and kept to be sent again', async () => {
  const { request, body, allowance, started, finish } = observing();
  request.write(PING.slice(0, 9));
  request.write(PING.slice(9));
  expect(request.isPaused()).toBe(true);
  expect(body.kept()).toBeNull();
  await finish();
  expect(started()).toBe(1);
  expect(Buffer.concat(body.kept() ?? []).toString()).toBe(PING);
  // Only the copy is left: the observed text has given back its memory.
  expect(allowance.used).toBe(PING.length);
  body.release();
  body.release();
  expect([allowance.used, body.kept()]).toEqual([0, null]);
});

test('a blank body is no message', async () => {
  const { started, finish, kept } = observing();
  await finish();
  expect([started(), kept()]).toEqual([0, 0]);
});

test('a body of a mebibyte is kept, and a longer one is only observed', async () => {
  for (const [bytes, expected] of [
    [MEBIBYTE, MEBIBYTE],
    [MEBIBYTE + 1, null],
  ] as const) {
    const { request, allowance, started, finish, kept } = observing();
    request.write(PING.slice(0, -1));
    request.write(' '.repeat(bytes - PING.length));
    request.write('}');
    await finish();
    expect([kept(), allowance.used]).toEqual([expected, expected ?? 0]);
    expect(started()).toBe(1);
  }
});

test('a body is not kept without memory for a second copy', async () => {
  const { request, allowance, limits, started, finish, kept } = observing(PING.length);
  request.write(PING);
  await finish();
  expect([kept(), started(), allowance.used]).toEqual([null, 1, 0]);
  expect(limits).toEqual(['text_total']);
});

test('a body that ends early gives back the memory of its text, and is not sent again', async () => {
  const { request, body, allowance, started } = observing();
  request.write(PING);
  request.resume();
  await expect.poll(() => allowance.used).toBe(2 * PING.length);
  request.destroy();
  await body.isRead;
  expect([started(), allowance.used, body.kept()]).toEqual([0, PING.length, null]);
});

test('a body that is released while it arrives takes no more memory', async () => {
  const { request, body, allowance, finish, kept } = observing();
  request.write(PING);
  request.resume();
  await expect.poll(() => allowance.used).toBeGreaterThan(0);
  body.release();
  request.write(PING);
  await finish();
  expect([allowance.used, kept()]).toEqual([0, null]);
});
