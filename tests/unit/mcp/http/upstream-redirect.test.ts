import { expect, test } from 'vitest';

import type { ProxiedRequest } from '../../../../src/mcp/http/proxied-request.ts';
import { redirectOf } from '../../../../src/mcp/http/upstream-redirect.ts';

interface Exchange {
  readonly from: string;
  readonly location: string;
  readonly status?: number;
  readonly method?: string;
  readonly accept?: string;
}

function redirect({ from, location, status = 307, method = 'POST', accept }: Exchange) {
  const answer = { statusCode: status, headers: { location } } as unknown as Parameters<typeof redirectOf>[0];
  const target = new URL(from);
  const request = { method, headers: { accept } };
  const proxied = { request, target, client: { client: 'c', ownHost: 'proxy.example:3001' } };
  const found = redirectOf(answer, proxied as unknown as ProxiedRequest, new URL(from));
  return found && [found.target.href, found.keepsCredentials];
}

test.each<[string, string, [string, boolean]]>([
  ['http://a.example/mcp', 'https://a.example/mcp', ['https://a.example/mcp', true]],
  ['http://a.example/mcp', '//a.example/x?y=1#z', ['http://a.example/x?y=1', true]],
  ['http://a.example:80/mcp', 'https://A.example:443/mcp', ['https://a.example/mcp', true]],
  ['http://a.example:8080/mcp', 'https://a.example:8443/mcp', ['https://a.example:8443/mcp', false]],
  ['http://a.example/mcp', 'https://a.example:8443/mcp', ['https://a.example:8443/mcp', false]],
  ['http://[::1]:8080/mcp', 'https://[::1]/mcp', ['https://[::1]/mcp', false]],
  ['http://a.example/mcp', 'https://proxy.example:3001/x', ['http://a.example/x', true]],
])('from %s to %s is followed', (from, location, expected) => {
  expect(redirect({ from, location })).toEqual(expected);
});

test.each([
  ['http://a.example/mcp', 'http://b.example/mcp'],
  ['http://a.example/mcp', 'https://a.example.evil/mcp'],
  ['http://a.example/mcp', 'http://a.example:8080/mcp'],
  ['https://a.example/mcp', 'http://a.example/mcp'],
  ['http://127.0.0.1:1/mcp', 'http://localhost:1/mcp'],
])('from %s to %s is an error for MCP clients only', (from, location) => {
  for (const method of ['POST', 'DELETE'])
    expect(() => redirect({ from, location, method })).toThrow('redirect_to_other_origin');
  expect(() => redirect({ from, location, method: 'GET', accept: 'Text/Event-Stream' })).toThrow();
  expect(redirect({ from, location, method: 'GET', accept: 'text/html' })).toBe(null);
});

test.each([
  [301, 'POST', false],
  [302, 'POST', false],
  [303, 'POST', false],
  [303, 'DELETE', false],
  [301, 'DELETE', true],
  [303, 'GET', true],
  [308, 'POST', true],
  [300, 'GET', false],
  [304, 'GET', false],
  [200, 'POST', false],
])('status %s to %s is followed: %s', (status, method, isFollowed) => {
  const found = redirect({ from: 'http://a.example/mcp', location: '/mcp/', status, method });
  expect(found !== null).toBe(isFollowed);
});

test.each(['', 'http://', 'ftp://a.example/', 'javascript:alert(1)'])(
  'the location "%s" is left to the client',
  (location) => {
    expect(redirect({ from: 'http://a.example/mcp', location })).toBe(null);
  },
);
