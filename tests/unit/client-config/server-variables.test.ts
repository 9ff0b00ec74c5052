import { describe, expect, test } from 'vitest';

import { unwrapConfig } from '../../../src/client-config/unwrap-config.ts';
import { wrapConfig } from '../../../src/client-config/wrap-config.ts';

const BY_PATH = ['/opt/bin/node', '/opt/bin/mcp-exporter'];
const BY_NPX = ['/opt/bin/npx', '-y', 'mcp-exporter@1.2.3'];
const wrap = (text: string, program = BY_PATH) =>
  wrapConfig(text, { hubUrl: 'http://127.0.0.1:3001', program });

const withEnv = (env: object) =>
  JSON.stringify({ mcpServers: { a: { command: 'x', args: ['1'], env } } }, null, 2);
const envIn = (text: string) =>
  (JSON.parse(text) as { mcpServers: { a: { env: Record<string, string> } } }).mcpServers.a.env;

describe('a variable that acts on the start of the proxy is handed to the server', () => {
  test.each([
    'NODE_OPTIONS',
    'NODE_EXTRA_CA_CERTS',
    'NODE_V8_COVERAGE',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
  ])('%s', (name) => {
    const before = withEnv({ A: '1', [name]: '${input:x}', B: '2' });
    const { text } = wrap(before);
    expect(Object.entries(envIn(text))).toEqual([
      ['A', '1'],
      [`MCP_EXPORTER_SERVER_${name}`, '${input:x}'],
      ['B', '2'],
    ]);
    expect(unwrapConfig(text, [before])).toMatchObject({ text: before, restored: [before] });
    expect(unwrapConfig(text, []).text).toBe(before);
    expect(wrap(text).text).toBe(text);
  });

  test.each([
    [
      'Zed, before 2025',
      '{"context_servers":{"a":{"command":{"path":"x","args":[],"env":{"NODE_OPTIONS":"y"}}}}}',
    ],
    ['opencode', '{"mcp":{"a":{"type":"local","command":["x"],"environment":{"NODE_OPTIONS":"y"}}}}'],
  ])('in the form of %s', (_client, before) => {
    const { text } = wrap(before);
    expect(text).toContain('{"MCP_EXPORTER_SERVER_NODE_OPTIONS":"y"}');
    expect(unwrapConfig(text, []).text).toBe(before);
  });
});

test('all other variables stay as they are, and so does an entry without any', () => {
  const env = {
    PATH: '/only/this',
    NODE_ENV: 'test',
    PROMETHEUS_URL: 'x',
    MONITORING_API_KEY: 'k',
    DEBUG: '*',
  };
  expect(envIn(wrap(withEnv(env)).text)).toEqual(env);
  const unset =
    '{"mcpServers":{"a":{"command":"x","env":null},"b":{"command":"x","env":{"NODE_OPTIONS":null}}}}';
  expect(wrap(unset).text).toContain('"env":null');
  expect(wrap(unset).text).toContain('{"NODE_OPTIONS":null}');
});

test('npx finds Node and a shell although the server has a PATH of its own', () => {
  const before = withEnv({ PATH: '/only/this', A: '1' });
  const { text } = wrap(before, BY_NPX);
  expect(Object.entries(envIn(text))).toEqual([
    ['PATH', '/opt/bin:/usr/local/bin:/usr/bin:/bin'],
    ['MCP_EXPORTER_SERVER_PATH', '/only/this'],
    ['A', '1'],
  ]);
  expect(unwrapConfig(text, [before])).toMatchObject({ text: before, restored: [before] });
  expect(unwrapConfig(text, []).text).toBe(before);
});
