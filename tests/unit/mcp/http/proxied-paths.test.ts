import type { IncomingMessage } from 'node:http';

import { expect, test } from 'vitest';

import { ProxiedPaths } from '../../../../src/mcp/http/proxied-paths.ts';
import { headerOf, pathOf } from '../../../../src/mcp/http/proxied-request.ts';

const pathsTo = (upstream: string) =>
  new ProxiedPaths({ upstream: new URL(upstream), onLimit: () => undefined });

test.each([
  ['http://server.test/mcp', '/mcp', 'http://server.test/mcp'],
  ['http://server.test/mcp', '/any/path?a=1', 'http://server.test/mcp?a=1'],
  ['http://server.test/mcp?key=k', '/mcp', 'http://server.test/mcp?key=k'],
  ['http://server.test/mcp?key=k', '/mcp?a=1?b=2', 'http://server.test/mcp?key=k&a=1?b=2'],
  ['http://server.test/mcp', '/mcp?', 'http://server.test/mcp?'],
])('the path of %s for %s is %s', (upstream, path, target) => {
  expect(pathsTo(upstream).targetOf(path).href).toBe(target);
});

test('an announced path is known until it is forgotten', () => {
  const paths = pathsTo('http://server.test/mcp?key=k');
  const base = new URL('http://server.test/sse');
  const client = { client: 'a', ownHost: 'proxy.test' };
  for (const table of [paths.endpoints, paths.redirects]) {
    const own = table.announce('/send?session=1', base, client);
    const path = own?.path ?? '';
    const pathname = path.split('?')[0] ?? '';
    expect(path).toMatch(/^\/mcp\/[\w-]{22}\?session=1$/);
    expect(paths.has(pathname)).toBe(true);
    expect(paths.targetOf(path).href).toBe('http://server.test/send?session=1');
    expect(paths.targetOf(`${pathname}?session=2`).href).toBe('http://server.test/send?session=2');
    own?.forget();
    expect(paths.has(pathname)).toBe(false);
    expect(paths.targetOf(path).href).toBe('http://server.test/mcp?key=k&session=1');
  }
  expect(paths.has('/mcp/')).toBe(false);
});

test.each([
  [undefined, '/'],
  ['/mcp?a=1', '/mcp?a=1'],
  ['//host/mcp', '//host/mcp'],
  ['http://client.test/mcp?a=1#b', '/mcp?a=1'],
  ['mcp', '/'],
  ['*', '/'],
])('the path of a request for %s is %s', (url, path) => {
  expect(pathOf({ url } as IncomingMessage)).toBe(path);
});

test('of several values of a header the first counts', () => {
  const request = { headers: { one: 'a', several: ['b', 'c'] } } as unknown as IncomingMessage;
  expect(['one', 'several', 'none'].map((name) => headerOf(request, name))).toEqual(['a', 'b', undefined]);
});
