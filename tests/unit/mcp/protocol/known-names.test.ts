import { beforeEach, expect, test } from 'vitest';

import { KnownNames, type NameLookup } from '../../../../src/mcp/protocol/known-names.ts';
import { LIMITS, type OnLimit } from '../../../../src/monitor/limits.ts';

let limits: unknown[][];
const onLimit: OnLimit = (...reached) => void limits.push(reached);
beforeEach(() => {
  limits = [];
});

const MAX = LIMITS.known_names.max;
const list = (length: number) => Array.from({ length }, (_, i) => ({ name: `tool_${i}` }));
const unknown: NameLookup = () => null;
const resolved = (names: KnownNames, name: string) => names.resolve(name, names.copyOf(name));

test('a name is resolved if the server has registered it, whatever was learned', () => {
  const names = new KnownNames((name) => name === 'add');
  names.learn('sub');
  expect([resolved(names, 'add'), resolved(names, 'sub')]).toEqual(['add', '_OTHER']);
});

test('a name is resolved once it was learned if the registry is not accessible', () => {
  const names = new KnownNames(unknown);
  expect(resolved(names, 'sub')).toBe('_OTHER');
  names.learn('sub');
  expect(resolved(names, 'sub')).toBe('sub');
});

test('names are learned from the entries of a list that have one', () => {
  const names = new KnownNames(unknown, onLimit);
  for (const entries of [undefined, null, 'tools', { length: 1, 0: { name: 'a' } }]) names.learnList(entries);
  names.learnList([null, 'b', { name: 3 }, {}, { name: 'sub' }]);
  expect(['a', 'b', '3', 'sub'].map((name) => resolved(names, name))).toEqual([
    '_OTHER',
    '_OTHER',
    '_OTHER',
    'sub',
  ]);
  expect(limits).toEqual([]);
});

test('each name of a list is new once', () => {
  const names = new KnownNames(unknown, onLimit);
  names.learn('sub');
  expect(names.learnList([{ name: 'add' }, { name: 'sub' }])).toEqual(['add']);
  expect(names.learnList([{ name: 'add' }])).toEqual([]);
  expect(names.learnList('none')).toEqual([]);
  expect(names.learnList(list(MAX)).length).toBe(MAX - 2);
});

test('as many names as the limit are learned, and each further one counts as a limit reached', () => {
  const names = new KnownNames(unknown, onLimit);
  names.learnList(list(MAX));
  expect(resolved(names, `tool_${MAX - 1}`)).toBe(`tool_${MAX - 1}`);
  names.learn('tool_0');
  expect(limits).toEqual([]);
  names.learn('one more');
  expect(resolved(names, 'one more')).toBe('_OTHER');
  expect(limits).toEqual([['known_names']]);
});

test('entries of a list beyond the limit are not read, but counted', () => {
  const names = new KnownNames(unknown, onLimit);
  names.learnList(list(MAX + 3));
  expect(limits).toEqual([['known_names', 3]]);
  expect(resolved(names, `tool_${MAX}`)).toBe('_OTHER');
});

test('names beyond the limit are refused without a listener, too', () => {
  const names = new KnownNames(unknown);
  names.learnList(list(MAX + 3));
  names.learn('one more');
  expect(resolved(names, 'one more')).toBe('_OTHER');
});

test('a long name is cut, and the cut is counted', () => {
  const names = new KnownNames(unknown, onLimit);
  expect(names.copyOf('x'.repeat(1000)).length).toBeLessThanOrEqual(LIMITS.name_length.max);
  expect(limits).toEqual([['name_length']]);
});
