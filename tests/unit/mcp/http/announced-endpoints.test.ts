import { expect, test } from 'vitest';

import { AnnouncedEndpoints } from '../../../../src/mcp/http/announced-endpoints.ts';

const upstream = new URL('http://server.test:8080/mcp');

function announcedAs(reference: string, ownHost: string): string | undefined {
  const endpoints = new AnnouncedEndpoints({ upstream, onLimit: () => undefined });
  const own = endpoints.announce(reference, upstream, { client: 'a', ownHost });
  return own ? endpoints.targetOf(own.path)?.href : undefined;
}

test.each([
  ['a path', '/send', 'proxy.test'],
  ['the address of the server', 'http://server.test:8080/send', 'proxy.test'],
  ['the address of the proxy', 'http://proxy.test:3101/send', 'proxy.test:3101'],
  ['the address of the proxy in other case', 'http://proxy.test:3101/send', 'PROXY.test:3101'],
  ['the address of the proxy without its default port', 'http://proxy.test/send', 'proxy.test:80'],
])('%s is announced as a path of the proxy', (_title, reference, ownHost) => {
  expect(announcedAs(reference, ownHost)).toBe('http://server.test:8080/send');
});

test.each([
  ['another host', 'http://other.test/send', 'proxy.test'],
  ['another port of the proxy', 'http://proxy.test:9/send', 'proxy.test:3101'],
  ['an address that is not HTTP', 'file:///etc/passwd', 'proxy.test'],
  ['a file of the proxy', 'file://proxy.test/send', 'proxy.test'],
  ['a WebSocket of the proxy', 'ws://proxy.test/send', 'proxy.test'],
  ['an address of the proxy with another scheme', 'xhttp://proxy.test/send', 'proxy.test'],
  ['an address that cannot be read', 'http://[', 'proxy.test'],
  ['any host while the client sends an invalid one', 'http://other.test/send', 'a b'],
])('%s is not announced', (_title, reference, ownHost) => {
  expect(announcedAs(reference, ownHost)).toBeUndefined();
});
