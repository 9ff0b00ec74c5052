import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as zlib from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { answer, call, DURATIONS, event, proxy, serve } from '../../support/proxied-http.ts';

const { zstdCompressSync } = zlib as typeof zlib & { zstdCompressSync?: (bytes: Buffer) => Buffer };
/** An empty frame of zstd, for a Node.js that cannot compress it. */
const ZSTD_FRAME = Buffer.from('28b52ffd2000010000', 'hex');
const cutShort = (bytes: Buffer) => bytes.subarray(0, -8);

const READABLE: [string, (bytes: Buffer) => Buffer][] = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['GZip', zlib.gzipSync],
  ['gzip', (bytes) => cutShort(zlib.gzipSync(bytes))],
  ['br', zlib.brotliCompressSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['DEFLATE', (bytes) => zlib.deflateRawSync(bytes, { level: 0 })],
  ['gzip, br', (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes))],
  ['deflate,identity , X-GZIP', (bytes) => zlib.gzipSync(zlib.deflateRawSync(bytes))],
  ['identity', (bytes) => bytes],
  ['', (bytes) => bytes],
  ...(zstdCompressSync ? [['zstd', zstdCompressSync] satisfies [string, (bytes: Buffer) => Buffer]] : []),
];
const UNREADABLE: [string, () => Buffer][] = [
  ['gzip', () => Buffer.from('not gzip')],
  ['br, gzip', () => zlib.gzipSync('not brotli')],
  ['compress', () => Buffer.from('?')],
  ['constructor', () => Buffer.from('?')],
  ['gzip, gzip, gzip, gzip, gzip', () => zlib.gzipSync('?')],
  ...(zstdCompressSync ? [] : [['zstd', () => ZSTD_FRAME] satisfies [string, () => Buffer]]),
];

/** Sends a body, and gives the body of the response as it is. */
async function exchange(url: URL, body: Buffer, headers: Record<string, string> = {}) {
  const client = httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
  });
  client.end(body);
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  return buffer(response);
}

/** A server that responds with these bytes to each request. */
async function responding(bytes: Buffer, headers: Record<string, string>) {
  const seen: Buffer[] = [];
  const upstream = await serve((request, response) => {
    void buffer(request).then((body) => {
      seen.push(body);
      response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);
    });
  });
  return { ...(await proxy(upstream.url)), seen };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const FAILED = answer(1, { isError: true, content: [] });
const CALL = Buffer.from(JSON.stringify(call(1)));

describe('content encodings', () => {
  test.each(READABLE)('a response in "%s" is observed and forwarded unchanged', async (encoding, encode) => {
    for (const [type, body] of [
      ['application/json', JSON.stringify(FAILED)],
      ['Text/Event-Stream; charset=utf-8', event(FAILED)],
    ] as const) {
      const bytes = encode(Buffer.from(body));
      const { url, total } = await responding(bytes, { 'content-type': type, 'content-encoding': encoding });
      expect((await exchange(url, CALL)).equals(bytes)).toBe(true);
      await expect.poll(() => total(DURATIONS)).toBe(1);
      expect(await total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
    }
  });

  test.each(READABLE)('a request in "%s" is observed and forwarded unchanged', async (encoding, encode) => {
    const bytes = encode(CALL);
    const { url, total, seen } = await responding(Buffer.from(JSON.stringify(FAILED)), JSON_TYPE);
    await exchange(url, bytes, { 'content-encoding': encoding });
    expect(seen).toEqual([bytes]);
    await expect.poll(() => total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
    expect(await total('mcp_server_transport_errors_total')).toBe(0);
  });

  test.each(UNREADABLE)('a response that cannot be read as "%s" is unobserved', async (encoding, bytesOf) => {
    const { url, total, logs } = await responding(bytesOf(), { ...JSON_TYPE, 'content-encoding': encoding });
    for (let i = 0; i < 2; i++) expect((await exchange(url, CALL)).equals(bytesOf())).toBe(true);
    await expect.poll(() => total(DURATIONS, { error_type: 'unobserved' })).toBe(2);
    expect(await total('mcp_server_unobserved_requests_total', { reason: 'undecodable' })).toBe(2);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_cancellations_total')).toBe(0);
    expect(logs.filter((line) => line.includes('unsupported content encoding')).length).toBeLessThan(2);
  });

  test.each(UNREADABLE)('a request that cannot be read as "%s" is unobserved', async (encoding, bytesOf) => {
    const { url, total, seen } = await responding(Buffer.from(JSON.stringify(FAILED)), JSON_TYPE);
    await exchange(url, bytesOf(), { 'content-encoding': encoding });
    expect(seen).toEqual([bytesOf()]);
    await expect.poll(() => total(DURATIONS, { error_type: 'unobserved' })).toBe(1);
    expect(await total(DURATIONS)).toBe(1);
    expect(await total('mcp_server_operations_in_flight')).toBe(0);
    expect(await total('mcp_server_transport_errors_total')).toBe(0);
  });

  test('an unsupported encoding is logged once', async () => {
    const { url, logs } = await responding(Buffer.from('?'), { ...JSON_TYPE, 'content-encoding': 'x-own' });
    for (let i = 0; i < 3; i++) await exchange(url, CALL, { 'content-encoding': 'x-other' });
    const lines = logs.filter((line) => line.includes('unsupported content encoding'));
    expect(lines).toEqual([expect.stringContaining('"encoding":"x-other"')]);
  });

  test('a request that is a bomb is forwarded, and not decoded', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const { url, total, seen } = await responding(Buffer.from(JSON.stringify(FAILED)), JSON_TYPE);
    await exchange(url, bomb, { 'content-encoding': 'gzip' });
    expect(seen).toEqual([bomb]);
    await expect.poll(() => total('mcp_server_unobserved_requests_total', { reason: 'too_large' })).toBe(1);
  });
});

describe('a byte order mark', () => {
  const MARK = '\ufeff';

  test('before JSON is not part of it, in both directions', async () => {
    const bytes = Buffer.from(MARK + JSON.stringify(FAILED));
    for (const encoding of ['identity', 'gzip'] as const) {
      const encode = encoding === 'gzip' ? zlib.gzipSync : (plain: Buffer) => plain;
      const { url, total, seen } = await responding(encode(bytes), {
        ...JSON_TYPE,
        'content-encoding': encoding,
      });
      const request = encode(Buffer.concat([Buffer.from(MARK), CALL]));
      const headers: Record<string, string> = encoding === 'gzip' ? { 'content-encoding': encoding } : {};
      expect((await exchange(url, request, headers)).equals(encode(bytes))).toBe(true);
      expect(seen).toEqual([request]);
      await expect.poll(() => total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
      expect(await total('mcp_server_transport_errors_total')).toBe(0);
    }
  });

  test('before JSON may arrive in parts', async () => {
    const upstream = await serve((request, response) => {
      request.resume();
      response.writeHead(200, JSON_TYPE);
      const bytes = Buffer.from(MARK + JSON.stringify(FAILED));
      response.write(bytes.subarray(0, 1), () =>
        setImmediate(() =>
          response.write(bytes.subarray(1, 2), () => setImmediate(() => response.end(bytes.subarray(2)))),
        ),
      );
    });
    const { url, total } = await proxy(upstream.url);
    await exchange(url, CALL);
    await expect.poll(() => total(DURATIONS, { error_type: 'tool_error' })).toBe(1);
  });

  test('before a long message leaves its ends readable', async () => {
    const long = JSON.stringify({
      ...FAILED,
      result: { content: 'x'.repeat(17 * 1024 * 1024), isError: true },
    });
    const { url, total } = await responding(Buffer.from(MARK + long), JSON_TYPE);
    await exchange(url, CALL);
    await expect.poll(() => total(DURATIONS)).toBe(1);
    expect(await total(DURATIONS, { error_type: 'unobserved' })).toBe(0);
  });
});
