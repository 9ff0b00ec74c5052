import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import { HttpTraffic } from '../../../../src/mcp/http/http-traffic.ts';
import { ObservedBody } from '../../../../src/mcp/http/observed-body.ts';
import { ProxiedPaths } from '../../../../src/mcp/http/proxied-paths.ts';
import { relayResponse } from '../../../../src/mcp/http/relayed-response.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { memoryHttp, type MemoryRequest } from '../../../support/memory-http.ts';

const TARGET = new URL('http://server.test/mcp');
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add' } };

interface Answer {
  readonly statusCode?: number;
  readonly statusMessage?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** A proxy whose server gives one answer, of which the test writes the body. */
function relaying({ statusCode = 200, statusMessage = '', headers = {} }: Answer = {}) {
  const events: MonitorEvent[] = [];
  const refused: string[] = [];
  const sessions = new SessionRegistry();
  sessions.subscribe((event) => events.push(event));
  const traffic = new HttpTraffic({
    sessions,
    clock: new FakeClock(),
    config: DEFAULT_CONFIG,
    server: new WatchedServer({ name: 'demo' }),
    sessionOf: undefined,
  });
  onTestFinished(() => traffic.close());
  const paths = new ProxiedPaths({ upstream: TARGET, onLimit: () => undefined });
  const answer = Object.assign(new PassThrough(), { statusCode, statusMessage, headers, complete: false });
  const { open } = memoryHttp((request, response) => {
    const path = request.url ?? '';
    const exchange = traffic.exchange({ method: request.method ?? '', path, header: () => undefined });
    exchange.requestBody(wireTextOf(JSON.stringify(CALL)));
    const body = new ObservedBody(request, exchange, traffic.textAllowance);
    const client = { client: 'a', ownHost: 'proxy.test' };
    const proxied = { request, response, exchange, body, target: TARGET, client, prefix: '' };
    relayResponse(answer as unknown as IncomingMessage, proxied, paths, (code) => refused.push(code));
  });
  const finish = (last = '') => {
    answer.complete = true;
    answer.end(last);
  };
  const ended = () => events.flatMap((event) => (event.type === 'request_ended' ? [event.errorType] : []));
  /** The whole response to a request. */
  const send = async (request: MemoryRequest, content: string) => {
    finish(content);
    const response = await open(request);
    return { response, content: await text(response) };
  };
  return { open, send, answer, finish, paths, refused, ended };
}

test('a response is forwarded with its status, reason and headers', async () => {
  const { send, ended } = relaying({
    statusCode: 207,
    statusMessage: 'Très bien',
    headers: { 'content-type': 'application/json', 'x-own': ['a', 'é'], 'content-length': '38' },
  });
  const result = '{"jsonrpc":"2.0","id":1,"result":{}}  ';
  const { response, content } = await send({}, result);
  expect([response.statusCode, response.statusMessage]).toEqual([207, 'Très bien']);
  expect(response.headers).toMatchObject({
    'x-own': 'a, é',
    'content-length': '38',
    'x-content-type-options': 'nosniff',
  });
  expect(content).toBe(result);
  expect(ended()).toEqual(['']);
});

test('the head of a response is sent before its body, character by character', async () => {
  const { open, answer, finish } = relaying({
    statusMessage: 'Très bien',
    headers: { 'content-type': 'text/event-stream', 'x-own': 'é' },
  });
  const response = await open();
  expect([response.statusCode, response.statusMessage, response.headers['x-own']]).toEqual([
    200,
    'Très bien',
    'é',
  ]);
  answer.write('data: 1\n\n');
  expect(String(await new Promise((resolve) => response.once('data', resolve)))).toBe('data: 1\n\n');
  finish();
});

test.each([
  [100, 502],
  [199, 502],
  [0, 502],
  [200, 200],
  [999, 999],
  [1000, 502],
])('a response with status %d is forwarded with status %d', async (statusCode, forwarded) => {
  const { response } = await relaying({ statusCode }).send({}, '');
  expect(response.statusCode).toBe(forwarded);
});

test.each([
  ['', 'OK'],
  ['\tFine ~', 'Fine ~'],
  ['a\u0001b', 'OK'],
  ['漢', 'OK'],
])('the reason %j is forwarded as %j', async (statusMessage, reason) => {
  const { response } = await relaying({ statusMessage }).send({}, '');
  expect(response.statusMessage?.trim()).toBe(reason);
});

test('a header that HTTP does not allow is left out', async () => {
  const { response } = await relaying({ headers: { 'x-bad': 'a\u0001', 'x-good': 'b' } }).send({}, '');
  expect([response.headers['x-bad'], response.headers['x-good']]).toEqual([undefined, 'b']);
});

test.each([
  [204, undefined],
  [304, undefined],
  [200, 'chunked'],
])('a response with status %d has the transfer encoding %s', async (statusCode, encoding) => {
  const { response } = await relaying({ statusCode, headers: { 'transfer-encoding': 'chunked' } }).send(
    {},
    '',
  );
  expect(response.headers['transfer-encoding']).toBe(encoding);
});

test.each([
  [400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}', ['-32600']],
  [400, '{"jsonrpc":"2.0","id":null,"error":{"message":"no"}}', []],
  [399, '{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no"}}', []],
  [500, 'oops', []],
])('a response with status %d and body %s is refused with %j', async (statusCode, content, codes) => {
  const { send, refused } = relaying({ statusCode, headers: { 'content-type': 'application/json' } });
  await send({}, content);
  expect(refused).toEqual(codes);
});

test.each<[string, (answer: PassThrough) => unknown]>([
  ['closes', (answer) => answer.destroy()],
  ['fails', (answer) => answer.emit('error', new Error('reset'))],
])('a response that %s before it is complete loses its request', async (_title, act) => {
  const { open, answer, ended } = relaying({ headers: { 'content-type': 'application/json' } });
  await open();
  answer.write('{"jsonrpc"');
  await turn();
  expect(ended()).toEqual([]);
  act(answer);
  await expect.poll(ended).toEqual(['connection_closed']);
});

test('a response that closes after it was complete loses nothing', async () => {
  const { send, answer, ended } = relaying({ headers: { 'content-type': 'application/json' } });
  await send({}, '{}');
  answer.destroy();
  await turn();
  expect(ended()).toEqual([]);
});

test.each([
  ['/other', /^\/mcp\/[\w-]{22}$/],
  ['http://server.test/other?a=1', /^\/mcp\/[\w-]{22}\?a=1$/],
  ['http://elsewhere.test/', /^http:\/\/elsewhere\.test\/$/],
])('a redirect to %s is forwarded as %s', async (location, forwarded) => {
  const { response } = await relaying({ statusCode: 307, headers: { location } }).send({}, '');
  expect(response.headers['location']).toMatch(forwarded);
});

const STREAM = { 'content-type': 'Text/Event-Stream; charset=utf-8' };
const announce = (endpoint: string) => `event: endpoint\ndata: ${endpoint}\n\n`;
const addressIn = (content: string) => /^data: (.*)$/m.exec(content)?.[1] ?? '';

test.each([
  ['/sse', '/messages?a=1', /^\/mcp\/[\w-]{22}\?a=1$/],
  ['/sse', ' \\messages', /^\/mcp\/[\w-]{22}$/],
  ['/sse', 'http://server.test/messages', /^\/mcp\/[\w-]{22}$/],
  ['/sse?q=1', 'messages', /^mcp\/[\w-]{22}$/],
  ['/mcp/sse', 'messages', /^[\w-]{22}$/],
  ['/MCP/sse?q=/mcp/', 'messages', /^[\w-]{22}$/],
  ['/sse?q=/mcp/', 'messages', /^mcp\/[\w-]{22}$/],
  ['/sse', 'http://elsewhere.test/messages', /^http:\/\/elsewhere\.test\/messages$/],
])('on a stream at %s, the endpoint %s is forwarded as %s', async (path, endpoint, forwarded) => {
  const { send } = relaying({ headers: STREAM });
  const { content } = await send({ method: 'GET', path }, announce(endpoint));
  expect(addressIn(content)).toMatch(forwarded);
});

test('a stream has one endpoint at a time, until it ends', async () => {
  const { open, answer, finish, paths } = relaying({ headers: { ...STREAM, 'content-length': '1000' } });
  const response = await open({ method: 'GET', path: '/sse' });
  expect(response.headers['content-length']).toBeUndefined();
  const read = async () => addressIn(String(await new Promise((resolve) => response.once('data', resolve))));
  answer.write(announce('/one'));
  const one = await read();
  expect(paths.has(one)).toBe(true);
  answer.write(announce('/two'));
  const two = await read();
  expect([paths.has(one), paths.has(two)]).toEqual([false, true]);
  finish('event: endpoint\ndata: /unfinished');
  expect(await text(response)).toBe('event: endpoint\ndata: /unfinished');
  await expect.poll(() => paths.has(two)).toBe(false);
});

test.each<[string, string, Record<string, string>]>([
  ['a POST', 'POST', STREAM],
  ['another type', 'GET', { 'content-type': 'text/plain' }],
  ['no type', 'GET', {}],
  ['a stream in an unknown encoding', 'GET', { ...STREAM, 'content-encoding': 'compress' }],
])('the response to %s is not rewritten', async (_title, method, headers) => {
  const { send } = relaying({ headers });
  const { content } = await send({ method, path: '/sse' }, announce('/messages'));
  expect(content).toBe(announce('/messages'));
});

test('a stream that says it is not compressed is rewritten', async () => {
  const { send } = relaying({ headers: { ...STREAM, 'content-encoding': ' Identity ' } });
  const { content } = await send({ method: 'GET', path: '/sse' }, announce('/messages'));
  expect(addressIn(content)).toMatch(/^\/mcp\//);
});
