import { expect, test } from 'vitest';

import {
  clientInfoOf,
  progressTokenOf,
  protocolVersionOf,
  serverVersionOf,
  toolErrorText,
  traceOf,
} from '../../../../src/mcp/wire/request-meta.ts';

test('a request without a usable _meta has neither token, version nor trace', () => {
  for (const params of [{}, { _meta: null }, { _meta: [] }, { _meta: 'text' }, { _meta: {} }]) {
    expect([progressTokenOf(params), protocolVersionOf(params), traceOf(params)]).toEqual([
      null,
      undefined,
      null,
    ]);
  }
});

test.each([
  ['a', 'a'],
  ['', ''],
  [0, 0],
  [{}, null],
  [null, null],
])('the progress token %j is %j', (progressToken, expected) => {
  expect(progressTokenOf({ _meta: { progressToken } })).toBe(expected);
});

test('the protocol version is a text of _meta', () => {
  const versionOf = (version: unknown) =>
    protocolVersionOf({ _meta: { 'io.modelcontextprotocol/protocolVersion': version } });
  expect([versionOf('2026-07-28'), versionOf(''), versionOf(7)]).toEqual(['2026-07-28', '', undefined]);
});

const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const PARENT = `00-${TRACE}-${SPAN}-01`;

test('a trace is read from _meta, or else from the header', () => {
  const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`;
  const trace = { traceId: TRACE, spanId: SPAN };
  expect(traceOf({ _meta: { traceparent: PARENT } }, other)).toEqual(trace);
  expect(traceOf({ _meta: { traceparent: 7 } }, PARENT)).toEqual(trace);
  expect(traceOf({}, PARENT)).toEqual(trace);
  expect(traceOf({ _meta: { traceparent: 'nonsense' } }, PARENT)).toBeNull();
});

test.each([
  ` ${PARENT}`,
  `${PARENT} `,
  `0${PARENT}`,
  `${PARENT}1`,
  PARENT.slice(0, -1),
  PARENT.slice(1),
  PARENT.replaceAll('-', '_'),
  PARENT.replace(TRACE, `${TRACE.slice(1)}g`),
  PARENT.replace(TRACE, `${TRACE}0`),
  PARENT.replace(SPAN, `${SPAN}0`),
  PARENT.replace(SPAN, SPAN.slice(1)),
  PARENT.toUpperCase(),
])('%s is not a traceparent', (traceparent) => {
  expect(traceOf({}, traceparent)).toBeNull();
});

test.each<[object, string | null]>([
  [{ serverInfo: { version: '1.0' } }, '1.0'],
  [{ serverInfo: { name: 'a' } }, ''],
  [{ serverInfo: { version: 7 } }, ''],
  [{ _meta: { 'io.modelcontextprotocol/serverInfo': { version: '2.0' } } }, '2.0'],
  [
    { serverInfo: { version: '1.0' }, _meta: { 'io.modelcontextprotocol/serverInfo': { version: '2.0' } } },
    '1.0',
  ],
  [{ serverInfo: 'text', _meta: { 'io.modelcontextprotocol/serverInfo': { version: '2.0' } } }, '2.0'],
  [{ serverInfo: 'text' }, null],
  [{ _meta: { 'io.modelcontextprotocol/serverInfo': '2.0' } }, null],
  [{}, null],
])('the server version of the result %j is %j', (result, version) => {
  expect(serverVersionOf(result as Record<string, unknown>)).toBe(version);
});

const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';

test.each<[object, object | null]>([
  [{ clientInfo: { name: 'a', version: '1' } }, { name: 'a', version: '1' }],
  [{ clientInfo: { name: 'a', version: 7 } }, { name: 'a', version: '' }],
  [{ _meta: { [CLIENT_INFO]: { name: 'b' } } }, { name: 'b', version: '' }],
  [
    { clientInfo: 'text', _meta: { [CLIENT_INFO]: { name: 'b' } } },
    { name: 'b', version: '' },
  ],
  [
    { clientInfo: { name: 'a' }, _meta: { [CLIENT_INFO]: { name: 'b' } } },
    { name: 'a', version: '' },
  ],
  [{ clientInfo: { name: '', version: '1' } }, null],
  [{ clientInfo: { version: '1' } }, null],
  [{ clientInfo: ['a'] }, null],
  [{}, null],
])('the client of the params %j is %j', (params, client) => {
  expect(clientInfoOf(params as Record<string, unknown>)).toEqual(client);
});

const WITHOUT = 'the tool reported an error without a text';

test.each<[unknown, string]>([
  [[{ type: 'text', text: 'no' }], 'no'],
  [[{ type: 'image' }, null, 'text', { text: 5 }, { text: 'first' }, { text: 'second' }], 'first'],
  [[{ text: ' \n' }, { text: 'second' }], 'second'],
  [[{ text: '' }], WITHOUT],
  [[], WITHOUT],
  [[{ type: 'image' }], WITHOUT],
  ['text', WITHOUT],
  [undefined, WITHOUT],
])('the error text of the content %j is "%s"', (content, text) => {
  expect(toolErrorText({ content })).toBe(text);
});
