import { expect, test } from 'vitest';

import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';

test('a server in another process has no SDK version, and no registry', () => {
  const server = new WatchedServer({ name: 'demo' });
  expect([server.name, server.sdkVersion]).toEqual(['demo', '']);
  expect([server.tools.resolve('a', 'a'), server.prompts.resolve('a', 'a')]).toEqual(['_OTHER', '_OTHER']);
});

test('the registry of another instance replaces that of the first', () => {
  const has = (known: string) => (name: string) => name === known;
  const server = new WatchedServer({ name: 'demo', hasTool: has('a'), hasPrompt: has('b') });
  const resolved = () =>
    ['a', 'b', 'c', 'd'].map((name) => server.tools.resolve(name, 't') + server.prompts.resolve(name, 'p'));
  expect(resolved()).toEqual(['t_OTHER', '_OTHERp', '_OTHER_OTHER', '_OTHER_OTHER']);
  server.useRegistry({ hasTool: has('c'), hasPrompt: has('d') });
  expect(resolved()).toEqual(['_OTHER_OTHER', '_OTHER_OTHER', 't_OTHER', '_OTHERp']);
});

test('only calls of tools and requests of prompts carry a name', () => {
  const server = new WatchedServer({ name: 'demo' });
  expect(['tools/call', 'prompts/get', 'tools/list', ''].map((method) => server.namesFor(method))).toEqual([
    server.tools,
    server.prompts,
    null,
    null,
  ]);
  expect(server.namesFor('tools/call')).toBe(server.tools);
  expect(server.namesFor('prompts/get')).toBe(server.prompts);
});

test('versions have changed if either of them has', () => {
  const server = new WatchedServer({ name: 'demo' });
  const versions: [string, string][] = [
    ['', ''],
    ['', ''],
    ['1', ''],
    ['1', '2'],
    ['1', '2'],
    ['1', '3'],
  ];
  expect(versions.map(([own, protocol]) => server.updateVersions(own, protocol))).toEqual([
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
});

test('a long name is cut, and the cut is counted', () => {
  const limits: string[] = [];
  const server = new WatchedServer({ name: 'x'.repeat(500), onLimit: (limit) => limits.push(limit) });
  expect(server.name.length).toBeLessThan(500);
  server.tools.copyOf('y'.repeat(500));
  server.prompts.copyOf('z'.repeat(500));
  expect(limits).toEqual(['name_length', 'name_length', 'name_length']);
});
