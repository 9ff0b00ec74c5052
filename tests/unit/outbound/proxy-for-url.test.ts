import { describe, expect, it } from 'vitest';

import { proxyFor } from '../../../src/outbound/proxy-for-url.ts';

const PROXY = 'http://proxy:3128/';
const proxyOf = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href ?? null;

describe('the proxy', () => {
  it.each([
    ['http://a.test/', { http_proxy: PROXY }, PROXY],
    ['http://a.test/', { HTTP_PROXY: 'proxy:3128' }, PROXY],
    ['https://a.test/', { HTTPS_PROXY: 'proxy:3128' }, PROXY],
    ['https://a.test/', { https_proxy: '', HTTPS_PROXY: ` ${PROXY} ` }, PROXY],
    ['https://a.test/', { https_proxy: PROXY, HTTPS_PROXY: 'http://other:1' }, PROXY],
    ['https://a.test/', { ALL_PROXY: PROXY }, PROXY],
    ['https://a.test/', { http_proxy: PROXY }, null],
    ['http://a.test/', { HTTPS_PROXY: PROXY }, null],
    ['http://a.test/', {}, null],
  ])('for %s with %j is %s', (url, env, proxy) => {
    expect(proxyOf(url, env as Record<string, string>)).toBe(proxy);
  });

  it.each(['socks5://proxy:1080', 'http://', 'ftp://user:s3cret@proxy'])('cannot be %s', (value) => {
    expect(() => proxyOf('https://a.test/', { HTTPS_PROXY: value })).toThrow(
      new TypeError('HTTPS_PROXY: expected the URL of an HTTP proxy, such as http://proxy:3128'),
    );
  });

  it.each(['http://localhost:3001/', 'http://hub.localhost/', 'http://127.1.2.3/', 'http://[::1]:9090/'])(
    'is not used for %s',
    (url) => {
      expect(proxyOf(url, { http_proxy: PROXY })).toBeNull();
    },
  );
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://a.test/'],
    ['a.test', 'https://a.test/'],
    ['A.Test', 'https://a.test./'],
    ['test', 'https://a.test/'],
    ['.test', 'https://a.test/'],
    ['*.test', 'https://a.test/'],
    ['other,a.test:443', 'https://a.test/'],
    ['a.test:8443 b', 'https://a.test:8443/'],
    ['10.1.2.3', 'http://10.1.2.3/'],
    ['10.0.0.0/8', 'http://10.1.2.3/'],
    ['fd00::/8', 'http://[fd00::1]/'],
    ['[fd00::1]:80', 'http://[fd00::1]/'],
  ])('%s contains %s', (list, url) => {
    expect(proxyOf(url, { http_proxy: PROXY, https_proxy: PROXY, no_proxy: list })).toBeNull();
  });

  it.each([
    ['', 'https://a.test/'],
    ['b.test', 'https://a.test/'],
    ['a.test', 'https://aa.test/'],
    ['a.test:8443', 'https://a.test/'],
    ['10.0.0.0/8', 'http://11.1.2.3/'],
    ['10.0.0.0/99', 'http://10.1.2.3/'],
    ['10.0.0.0/8', 'http://name/'],
  ])('%s does not contain %s', (list, url) => {
    expect(proxyOf(url, { http_proxy: PROXY, https_proxy: PROXY, no_proxy: list })).toBe(PROXY);
  });
});
