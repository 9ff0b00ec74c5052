import { expect, test } from 'vitest';

import { readSdkVersion } from '../../../../src/mcp/hook/sdk-version.ts';
import { serverNameOf } from '../../../../src/mcp/hook/server-name.ts';

test.each<[object, string]>([
  [{ _serverInfo: { name: 'plain' } }, 'plain'],
  [{ server: { _serverInfo: { name: 'inner' } } }, 'inner'],
  [{ server: { _serverInfo: { name: 'inner' } }, _serverInfo: { name: 'outer' } }, 'inner'],
  [{ server: 'text', _serverInfo: { name: 'outer' } }, 'outer'],
  [{ _serverInfo: { name: '' } }, ''],
  [{ _serverInfo: { name: 5 } }, 'mcp-server'],
  [{ _serverInfo: 'text' }, 'mcp-server'],
  [{ server: {} }, 'mcp-server'],
  [{}, 'mcp-server'],
])('the server %j is named %s', (server, name) => {
  expect(serverNameOf(server)).toBe(name);
});

test('the version of each SDK is found', () => {
  expect(readSdkVersion('v1')).toMatch(/^1\.\d+\.\d+$/);
  expect(readSdkVersion('v2')).toMatch(/^2\.\d+\.\d+$/);
});
