import { describe, expect, test } from 'vitest';

import { requestHeaders, responseHeaders } from '../../../../src/mcp/http/forwarded-headers.ts';

const SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'";
const ADDED = { 'content-security-policy': SANDBOX, 'x-content-type-options': 'nosniff' };

describe('the headers of a response', () => {
  test('a response keeps its headers, and is confined to a sandbox', () => {
    const headers = { 'content-type': 'text/html', 'x-own': 'a', 'mcp-session-id': 's', etag: undefined };
    expect(responseHeaders(headers)).toStrictEqual({
      'content-type': 'text/html',
      'x-own': 'a',
      'mcp-session-id': 's',
      ...ADDED,
    });
  });

  test.each([
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'upgrade',
    'link',
    'refresh',
    'strict-transport-security',
    'clear-site-data',
    'service-worker-allowed',
    'alt-svc',
  ])('%s is not forwarded', (name) => {
    expect(responseHeaders({ [name]: 'any' })).toEqual(ADDED);
  });

  test('headers that Connection names are not forwarded, except the length', () => {
    const headers = {
      connection: 'Close, X-Hop ,content-length',
      'x-hop': 'a',
      close: 'b',
      'content-length': '5',
      'x-other': 'c',
    };
    expect(responseHeaders(headers)).toEqual({ 'content-length': '5', 'x-other': 'c', ...ADDED });
  });

  test('a policy of the server applies together with the sandbox', () => {
    const policyOf = (policy: unknown) =>
      responseHeaders({ 'content-security-policy': policy } as never)['content-security-policy'];
    expect(policyOf("default-src 'self'")).toEqual(["default-src 'self'", SANDBOX]);
    expect(policyOf(['a', 'b'])).toEqual(['a', 'b', SANDBOX]);
  });

  test('the type of a response cannot be guessed, whatever the server says', () => {
    expect(responseHeaders({ 'x-content-type-options': 'none' })).toEqual(ADDED);
  });

  test.each([
    ['a=1', 'a=1; Path=/mcp'],
    ['a=1; Path=/; HttpOnly', 'a=1; HttpOnly; Path=/mcp'],
    ['a=1;path=/x;Domain=server.test; Secure', 'a=1; Secure; Path=/mcp'],
    ['a=1; path ; DOMAIN', 'a=1; Path=/mcp'],
    ['a=1; Pathological=1; Domains=2', 'a=1; Pathological=1; Domains=2; Path=/mcp'],
    ['path=1', 'path=1; Path=/mcp'],
    ['a=1; SameSite=Strict; my path=2', 'a=1; SameSite=Strict; my path=2; Path=/mcp'],
  ])('the cookie "%s" is confined as "%s"', (cookie, confined) => {
    expect(responseHeaders({ 'set-cookie': [cookie] })['set-cookie']).toEqual([confined]);
  });
});

describe('the headers of a request', () => {
  const KEY = 'correct-horse-batt??';
  const base64 = Buffer.from(KEY).toString('base64');
  const basic = (text: string) => Buffer.from(text).toString('base64');

  test.each([
    ['x-api-key', KEY],
    ['authorization', `Bearer ${KEY}`],
    ['cookie', `a=1; key=${KEY}`],
    ['sec-websocket-protocol', `key.${base64.replace(/=+$/, '')}`],
    ['sec-websocket-protocol', `key.${Buffer.from(KEY).toString('base64url')}`],
    ['authorization', `Basic ${basic(`user:${KEY}`)}`],
    ['authorization', `basic  ${basic(`${KEY}:`)}`],
    ['x-list', ['a', `b${KEY}`]],
  ])('the header %s: %s contains a key and is not forwarded', (name, value) => {
    const headers = { [name]: value, accept: 'text/html', 'x-none': undefined };
    expect(requestHeaders(headers, ['other key', KEY])).toStrictEqual({
      accept: 'text/html',
      'x-none': undefined,
    });
  });

  test.each([
    ['authorization', 'Bearer their-own'],
    ['authorization', `Basic ${basic('user:their-own')}`],
    ['authorization', `Basic ${basic(`user:${KEY}`)} more`],
    ['x-text', `not Basic ${basic(`user:${KEY}`)}`],
    ['x-part', KEY.slice(1)],
  ])('the header %s: %s is forwarded', (name, value) => {
    const headers = { [name]: value };
    expect(requestHeaders(headers, [KEY])).toEqual(headers);
  });

  test('without keys all headers are forwarded', () => {
    const headers = { authorization: `Bearer ${KEY}` };
    expect(requestHeaders(headers, [])).toEqual(headers);
  });
});
