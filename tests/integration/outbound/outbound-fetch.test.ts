import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { createOutboundFetch } from '../../../src/outbound/outbound-fetch.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import { TEST_CERTIFICATE } from '../../support/test-certificate.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A server that answers with the request's method, Host, path and body. Only the proxy knows the name `receiver.test`. */
async function startReceiver(scheme: 'http' | 'https'): Promise<string> {
  // The certificate is self-signed.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const onRequest: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.end(`${request.method} ${request.headers.host} ${request.url} ${body}`));
  };
  const server =
    scheme === 'http' ? createHttpServer(onRequest) : createHttpsServer(TEST_CERTIFICATE, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${scheme}://receiver.test:${(server.address() as AddressInfo).port}/path?q=1`;
}

async function post(url: string, env: NodeJS.ProcessEnv, { keepAlive = false, times = 1 } = {}) {
  const fetch = createOutboundFetch({ keepAlive, isBackground: true, env });
  const texts: string[] = [];
  for (let i = 0; i < times; i++) {
    const request = { method: 'POST', headers: {}, body: 'text', signal: AbortSignal.timeout(10_000) };
    texts.push(await (await fetch(new URL(url), request)).text());
  }
  return texts;
}

describe.each(['http', 'https'] as const)('a request for %s', (scheme) => {
  const variable = `${scheme}_proxy`;

  it.each([variable, variable.toUpperCase(), 'ALL_PROXY'])('goes through the proxy of %s', async (name) => {
    const url = await startReceiver(scheme);
    const proxy = await startForwardProxy();
    const { host } = new URL(url);
    expect(await post(url, { [name]: proxy.url })).toEqual([`POST ${host} /path?q=1 text`]);
    expect(proxy.requests).toEqual([scheme === 'https' ? `CONNECT ${host}` : `POST ${url}`]);
  });

  it('sends user and password of the proxy to the proxy', async () => {
    const url = await startReceiver(scheme);
    const proxy = await startForwardProxy();
    await post(url, { [variable]: proxy.url.replace('http://', 'http://user:p%40ss@') });
    const credentials = Buffer.from('user:p@ss').toString('base64');
    expect(proxy.requests).toEqual([expect.stringMatching(new RegExp(` Basic ${credentials}$`))]);
  });

  it.each(['receiver.test', '*', 'other.test, .test', 'test'])(
    'avoids the proxy with NO_PROXY=%s',
    async (list) => {
      const url = await startReceiver(scheme);
      const proxy = await startForwardProxy();
      // Without the proxy, the name does not exist.
      await expect(post(url, { [variable]: proxy.url, NO_PROXY: list })).rejects.toMatchObject({
        code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      });
      expect(proxy.requests).toEqual([]);
    },
  );

  it('to this machine avoids the proxy', async () => {
    const url = (await startReceiver(scheme)).replace('receiver.test', 'localhost');
    const proxy = await startForwardProxy();
    const { host } = new URL(url);
    expect(await post(url, { [variable]: proxy.url })).toEqual([`POST ${host} /path?q=1 text`]);
    expect(proxy.requests).toEqual([]);
  });
});

it('the proxy of the other scheme is not used', async () => {
  const url = await startReceiver('http');
  const proxy = await startForwardProxy();
  await expect(post(url, { HTTPS_PROXY: proxy.url })).rejects.toThrow();
  expect(proxy.requests).toEqual([]);
});

it('requests reuse a tunnel', async () => {
  const url = await startReceiver('https');
  const proxy = await startForwardProxy();
  expect(await post(url, { https_proxy: proxy.url }, { keepAlive: true, times: 3 })).toHaveLength(3);
  expect(proxy.requests).toHaveLength(1);
});

it('a proxy that refuses the tunnel is named without its password', async () => {
  const url = await startReceiver('https');
  const proxy = await startForwardProxy({ refusal: 407 });
  const withPassword = proxy.url.replace('http://', 'http://user:s3cret@');
  await expect(post(url, { https_proxy: withPassword })).rejects.toMatchObject({
    code: 'PROXY_STATUS_407',
    message: `the proxy ${new URL(proxy.url).host} answered with HTTP status 407`,
  });
});

it('a proxy that does not answer is left when the signal says so', async () => {
  const url = await startReceiver('https');
  const proxy = await startForwardProxy({ isSilent: true });
  const leave = new AbortController();
  const fetch = createOutboundFetch({
    keepAlive: false,
    isBackground: true,
    env: { https_proxy: proxy.url },
  });
  const posted = fetch(new URL(url), { method: 'POST', headers: {}, body: '', signal: leave.signal });
  const rejected = expect(posted).rejects.toThrow(/abort/);
  await expect.poll(() => proxy.requests).toHaveLength(1);
  leave.abort();
  await rejected;
});
