import { expect, test } from 'vitest';

import { resolveBindAddress } from '../../../src/http/bind-address.ts';

const resolve = (
  host: string,
  options: { apiKey?: string; allowsUnauthenticated?: boolean; variablePrefix?: string } = {},
) =>
  resolveBindAddress({
    host,
    apiKey: undefined,
    allowsUnauthenticated: false,
    variablePrefix: '',
    ...options,
  });

test.each([
  ['localhost', '127.0.0.1'],
  ['127.0.0.3', '127.0.0.3'],
  ['::1', '::1'],
  ['[::1]', '::1'],
])('%s binds %s, which only this machine can reach', async (host, address) => {
  expect(await resolve(host)).toEqual({ address, isLoopback: true });
});

test('an address that other machines can reach is bound with a key, or if strangers are allowed', async () => {
  const bound = { address: '0.0.0.0', isLoopback: false };
  expect(await resolve('0.0.0.0', { apiKey: 'secret-key' })).toEqual(bound);
  expect(await resolve('0.0.0.0', { allowsUnauthenticated: true })).toEqual(bound);
  await expect(resolve('0.0.0.0')).rejects.toMatchObject({
    code: 'authentication_required',
    message: expect.stringContaining('expected a loopback address, got "0.0.0.0"') as string,
  });
  await expect(resolve('::')).rejects.toThrow(
    /MONITORING_REQUIRE_AUTH=true and MONITORING_API_KEY, or MONITORING_ALLOW_UNAUTHENTICATED=true/,
  );
  await expect(resolve('::', { variablePrefix: 'X_' })).rejects.toThrow(
    /^X_MONITORING_WS_HOST.* X_MONITORING_REQUIRE_AUTH=true and X_MONITORING_API_KEY, or X_MONITORING_ALLOW/,
  );
});

test('a name that means no address cannot be bound, and the error names it', async () => {
  await expect(resolve('no-such-host.invalid')).rejects.toMatchObject({
    code: 'listen_failed',
    message: expect.stringMatching(/^cannot listen on no-such-host\.invalid: .+/) as string,
    cause: expect.any(Error) as Error,
  });
});
