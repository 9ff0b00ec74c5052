import { expect, test } from 'vitest';

import { dropServerVariables, serverEnvironment } from '../../../src/commands/server-environment.ts';

test('a server gets every variable but those with the prefix, misspelled ones included', () => {
  const theirs = { PATH: '/a', MONITORING_API_KEY: 'k', mcp_exporter_x: '1', 'a.b': '', MCP_EXPORTER: '2' };
  const own = { MCP_EXPORTER_MONITORING_API_KEY: 'k', MCP_EXPORTER_MONITORNG_API_KEY: 'k' };
  expect(serverEnvironment({ ...own, ...theirs })).toEqual(theirs);
});

test('a server gets variables that are meant for it alone under their own names', () => {
  const env = { MCP_EXPORTER_SERVER_PATH: '/theirs', PATH: '/ours', MCP_EXPORTER_SERVER_NODE_OPTIONS: '' };
  expect(serverEnvironment(env)).toEqual({ PATH: '/theirs', NODE_OPTIONS: '' });
});

test.each([
  [
    'linux',
    { PATH: '/only/this', HTTPS_PROXY: 'http://p:1', no_proxy: '*' },
    { PATH: '/only/this:/usr/bin:/bin', HTTPS_PROXY: 'http://p:1', no_proxy: '*' },
  ],
  ['darwin', {}, { PATH: '/usr/bin:/bin' }],
  [
    'win32',
    { Path: String.raw`C:\x`, SystemRoot: String.raw`C:\Windows` },
    { Path: String.raw`C:\x`, SystemRoot: String.raw`C:\Windows` },
  ],
] as const)(
  'the proxy keeps what it needs to start programs and to reach its hub: %s',
  (platform, kept, expected) => {
    const env: Record<string, string> = {
      ...kept,
      MCP_EXPORTER_PROMETHEUS_URL: 'x',
      DEBUG: '*',
      NODE_ENV: 'test',
    };
    dropServerVariables(env, platform);
    expect(env).toEqual({ ...expected, MCP_EXPORTER_PROMETHEUS_URL: 'x' });
  },
);
