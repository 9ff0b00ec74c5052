import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readEnds, readHead, readTail } from '../../../../src/mcp/wire/partial-json.ts';

describe('the first part of a JSON text', () => {
  test.each<[string, unknown]>([
    ['{"a":1,"b":"wo', { a: 1 }],
    ['{"a":{"b":"wo', { a: { b: 'wo' } }],
    ['{"a":{"b":12', { a: {} }],
    ['{"a":{"b":"wo"', { a: { b: 'wo' } }],
    ['{"a":"wo"', { a: 'wo' }],
    ['{"a":["x","y"', { a: ['x', 'y'] }],
    ['{"a":{"b":12,', { a: { b: 12 } }],
    ['{"a":[1,{"b":tr', { a: [1, {}] }],
    ['{"a":["x\\', { a: ['x'] }],
    ['{"a":["x\\\\', { a: ['x\\'] }],
    ['{"a":["x\\u00e', { a: ['x'] }],
    ['{"a":["x\\u00e9', { a: ['xé'] }],
    ['{"a":1} ', { a: 1 }],
    ['', undefined],
    ['log: {"a":1}', undefined],
    ['{"a":1}{', undefined],
    ['{"a":[1}', undefined],
  ])('the first part %s gives what is there', (text, value) => {
    expect(readHead(text)?.value).toEqual(value);
  });

  test.each<[string, string | null, string | null]>([
    ['{"a":1,"b', null, null],
    ['{"a":{"b":1,"c', 'a', null],
    ['{"a":{"b":1,"c":"x', 'a', 'c'],
    ['{"a":{"b":{"c":[', 'a', 'b'],
    ['{"x":{"b":1},"a":[[1', 'a', null],
    ['{"x":"y","a":{"b":"c"', 'a', null],
    ['{"x":"y","a":{"b":"c","d":[', 'a', 'd'],
    ['{"a":[{"b":1}, {"c":1', 'a', null],
    ['{"a\\u0062":{"c":[', 'ab', 'c'],
  ])('the first part %s names what was cut', (text, openMember, cutMember) => {
    expect(readHead(text)).toMatchObject({ openMember, cutMember });
  });

  test('the first part of any JSON can be read, wherever it ends', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat({ max: 1000 }), (json, place) => {
        const isThere = /^\s*[{[]/.test(json.slice(0, (place / 1000) * json.length));
        if (isThere) expect(readHead(json.slice(0, (place / 1000) * json.length))).not.toBeNull();
      }),
    );
  });
});

describe('the last part of a JSON object', () => {
  test.each<[string, unknown]>([
    ['x"}]},"id":1,"b":[{"c":"}"}]} ', { members: { id: 1, b: [{ c: '}' }] }, openMembers: {} }],
    ['x","b":2,"c":{"d":3}},"id":1}', { members: { id: 1 }, openMembers: { b: 2, c: { d: 3 } } }],
    ['x],"id":1}', { members: { id: 1 }, openMembers: null }],
    ['lt":{"b":2},"id":1}', { members: { id: 1 }, openMembers: null }],
    ['\\"a":1,"b":"\\\\"}}', { members: {}, openMembers: { b: '\\' } }],
    ['{"a":{"b":1}}', { members: { a: { b: 1 } }, openMembers: null }],
    ['x"}', { members: {}, openMembers: null }],
    ['x\\"}', null],
    ['1,2]', null],
    ['x,y}', null],
    ['', null],
  ])('the last part %s gives its whole members', (text, expected) => {
    expect(readTail(text)).toEqual(expected);
  });

  test('the last part of any object gives no more and nothing else than is in it, wherever it begins', () => {
    const members = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(members, members, fc.nat({ max: 1000 }), (inner, outer, place) => {
        const json = JSON.stringify({ inner, ...outer });
        const all = JSON.parse(json) as Record<string, unknown>;
        const tail = readTail(json.slice((place / 1000) * json.length));
        for (const [key, value] of Object.entries(tail?.members ?? {})) expect(all[key]).toEqual(value);
      }),
    );
  });
});

describe('both ends of a JSON object', () => {
  test.each<[string, string, unknown]>([
    [
      '{"id":1,"result":{"content":[{"a":"x',
      'y"}],"isError":false},"z":2}',
      {
        value: { id: 1, result: { content: [{ a: 'x' }], isError: false }, z: 2 },
        openMember: 'result',
        cutMember: 'content',
      },
    ],
    [
      '{"result":{"a":[1,',
      '2],"a":[3]}}',
      { value: { result: { a: [3] } }, openMember: 'result', cutMember: null },
    ],
    [
      '{"result":{"a":1,',
      ',"b":2}}',
      { value: { result: { a: 1, b: 2 } }, openMember: 'result', cutMember: null },
    ],
    ['{"id":1,"x', ',"y":2}', { value: { id: 1, y: 2 }, openMember: null, cutMember: null }],
    [
      '{"id":1,"result":[1,',
      '2],"z":1}',
      { value: { id: 1, result: [1], z: 1 }, openMember: null, cutMember: null },
    ],
    ['{"result":{"a":[', '1]},"result":{}}', { value: { result: {} }, openMember: null, cutMember: null }],
    [
      '{"result":[{"a":',
      '1},"b":2},"z":1}',
      { value: { result: [{}], z: 1 }, openMember: null, cutMember: null },
    ],
    ['{"a":1}', '{"a":1}', { value: { a: 1 }, openMember: null, cutMember: null }],
    ['[1,', '2}', null],
    ['{"a":1,', '2]', null],
    ['text', '"a":1}', null],
  ])('the ends %s and %s are joined', (head, tail, expected) => {
    expect(readEnds(head, tail)).toEqual(expected);
  });
});
