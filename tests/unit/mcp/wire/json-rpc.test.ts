import { expect, test } from 'vitest';

import { isRecord, isRequestId, readMessage, textOf } from '../../../../src/mcp/wire/json-rpc.ts';

test.each<[object, object]>([
  [
    { id: 1, method: 'ping' },
    { kind: 'request', id: 1, method: 'ping', params: {} },
  ],
  [
    { id: '', method: '', params: { a: 1 } },
    { kind: 'request', id: '', method: '', params: { a: 1 } },
  ],
  [
    { id: 0, method: 'ping', params: [1] },
    { kind: 'request', id: 0, method: 'ping', params: {} },
  ],
  [
    { id: 1, method: 'ping', result: {} },
    { kind: 'request', id: 1, method: 'ping', params: {} },
  ],
  [
    { method: 'ping', params: { a: 1 } },
    { kind: 'notification', method: 'ping', params: { a: 1 } },
  ],
  [
    { id: null, method: 'ping' },
    { kind: 'notification', method: 'ping', params: {} },
  ],
  [
    { id: {}, method: 'ping', params: null },
    { kind: 'notification', method: 'ping', params: {} },
  ],
  [
    { id: 1, result: { a: 1 } },
    { kind: 'result', id: 1, result: { a: 1 } },
  ],
  [
    { id: 1, result: {}, error: {} },
    { kind: 'result', id: 1, result: {} },
  ],
  [
    { id: 1, method: 7, result: {} },
    { kind: 'result', id: 1, result: {} },
  ],
  [
    { id: 1, error: { code: -32_601, message: 'no' } },
    { kind: 'error', id: 1, code: -32_601, message: 'no' },
  ],
  [
    { id: 'a', error: {} },
    { kind: 'error', id: 'a', code: null, message: '' },
  ],
  [{ error: { code: '1', message: 2 } }, { kind: 'error', id: null, code: null, message: '' }],
  [
    { id: null, error: { code: 0 } },
    { kind: 'error', id: null, code: 0, message: '' },
  ],
  [
    { id: null, result: {}, error: { code: 5 } },
    { kind: 'error', id: null, code: 5, message: '' },
  ],
])('%j is the message %j', (value, message) => {
  expect(readMessage({ jsonrpc: '2.0', ...value })).toStrictEqual(message);
});

test.each<unknown>([
  undefined,
  null,
  'ping',
  7,
  true,
  [],
  [{ id: 1, method: 'ping' }],
  {},
  { id: 1 },
  { id: 1, method: 5 },
  { id: 1, result: 'text' },
  { id: 1, result: [] },
  { id: null, result: {} },
  { id: 1, error: 'text' },
  { id: 1, error: [] },
])('%j is not a message', (value) => {
  expect(readMessage(value)).toBeNull();
});

test('only objects that are not arrays are records, and only texts and numbers are ids', () => {
  const values = [{}, Object.create(null), [], null, undefined, 'text', '', 5, 0, true, () => 1];
  expect(values.filter(isRecord)).toEqual([{}, {}]);
  expect(values.filter(isRequestId)).toEqual(['text', '', 5, 0]);
});

test('the text of a member is null unless it is a text', () => {
  const record = { a: 'text', b: '', c: 5 };
  expect(['a', 'b', 'c', 'd'].map((key) => textOf(record, key))).toEqual(['text', '', null, null]);
});
