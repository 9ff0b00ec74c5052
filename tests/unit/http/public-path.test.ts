import { expect, test } from 'vitest';

import { withoutPrefix } from '../../../src/http/public-path.ts';

test.each([
  ['/tools/mon/metrics', '/metrics'],
  ['/tools/mon/', '/'],
  ['/tools/mon', '/'],
  ['/tools/mon?name=lint', '/?name=lint'],
  ['/tools/mon/?name=lint', '/?name=lint'],
  ['/tools/mon/api/v1/operations/a%2Fb?session_id=%20', '/api/v1/operations/a%2Fb?session_id=%20'],
  ['/tools/mon/ws', '/ws'],
  ['/tools/mon/MCP/', '/MCP/'],
  ['http://ops.example.com/tools/mon/metrics', 'http://ops.example.com/metrics'],
  ['http://[::1]:8080/tools/mon', 'http://[::1]:8080/'],
])('the public path is removed from %s', (target, rest) => {
  expect(withoutPrefix(target, '/tools/mon')).toBe(rest);
  expect(withoutPrefix(rest, '/tools/mon')).toBe(rest);
});

test.each([
  '/metrics',
  '/',
  '*',
  '',
  '/tools',
  '/tools/monitor',
  '/tools/monitor/metrics',
  '/tools/mon//metrics',
  '//tools/mon/metrics',
  '/TOOLS/mon/metrics',
  '/metrics?x=/tools/mon/metrics',
  '/tools/mon/unknown',
])('%s is left alone', (target) => {
  expect(withoutPrefix(target, '/tools/mon')).toBe(target);
});

test.each([
  ['/mcp', '/mcp/metrics', '/metrics'],
  ['/mcp', '/mcp/', '/'],
  ['/mcp', '/mcp', '/mcp'],
  ['/mcp', '/mcp?tenant=1', '/mcp?tenant=1'],
  ['/mcp', '/mcp/mcp', '/mcp'],
  ['/mcp', '/mcp/dG9rZW4', '/mcp/dG9rZW4'],
  ['/mcp', '/mcp/mcp/dG9rZW4', '/mcp/dG9rZW4'],
  ['/metrics', '/metrics', '/metrics'],
  ['/metrics', '/metrics/metrics', '/metrics'],
  ['/api', '/api/v1/status', '/api/v1/status'],
  ['/api', '/api/api/v1/status', '/api/v1/status'],
])('below the path %s, which is a route itself, %s is served as %s', (prefix, target, served) => {
  expect(withoutPrefix(target, prefix)).toBe(served);
});
