import { describe, expect, test } from 'vitest';

import { readLongMessage } from '../../../../src/mcp/wire/long-message.ts';
import { wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';

const long = 'x '.repeat(3000);
const read = (message: object | string) =>
  readLongMessage(
    wireTextOf(typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })),
  );
const isRead = (message: object | string) => read(message) !== null;

describe('a long request', () => {
  const request = (method: string, params: object) => ({ id: 1, method, params });

  test.each(['tools/call', 'prompts/get', 'sampling/createMessage', 'notifications/message'])(
    'the ends of a long %s are sufficient',
    (method) => {
      expect(read(request(method, { name: 'add', arguments: { long } }))).toMatchObject({
        id: 1,
        method,
        params: { name: 'add' },
      });
    },
  );

  test.each(['tools/list', 'notifications/progress', 'resources/read', ''])(
    'the ends of a long %s are not sufficient',
    (method) => expect(isRead(request(method, { name: 'add', arguments: { long } }))).toBe(false),
  );

  test.each(['tools/call', 'prompts/get'])('a long %s needs a whole name', (method) => {
    expect(isRead(request(method, { arguments: { long } }))).toBe(false);
    expect(isRead(request(method, { name: long }))).toBe(false);
    expect(isRead(request(method, { name: 'add', arguments: { long } }))).toBe(true);
    expect(isRead(request(method, { arguments: { long }, name: 'add' }))).toBe(true);
  });

  test.each(['sampling/createMessage', 'notifications/message'])('a long %s needs no name', (method) => {
    expect(isRead(request(method, { messages: [long] }))).toBe(true);
    expect(isRead(request(method, { name: long }))).toBe(false);
  });

  test('a long call needs all of its _meta, if it has one', () => {
    const call = (params: object) => isRead(request('tools/call', { name: 'add', ...params }));
    expect(call({ _meta: { long } })).toBe(false);
    expect(call({ _meta: {}, arguments: { long } })).toBe(true);
    expect(call({ arguments: { long }, _meta: {} })).toBe(true);
    expect(call({ arguments: { long }, _meta: {}, more: long })).toBe(false);
    expect(call({ arguments: { long, a: '_meta' }, more: long })).toBe(false);
    expect(call({ arguments: { long, a: 'my_meta"' }, more: long })).toBe(true);
  });

  test('a long call that is cut in another member than params is not read', () => {
    const other = { id: 1, method: 'tools/call', params: { name: 'add' }, more: { long } };
    expect(isRead(other)).toBe(false);
    expect(isRead({ id: 1, method: 'tools/call', result: { content: long } })).toBe(false);
  });
});

describe('a long result', () => {
  const result = (members: object) => ({ id: 1, result: members });

  test.each(['content', 'structuredContent', 'contents', 'messages', 'resources', 'resourceTemplates'])(
    'the ends of a result with long %s are sufficient',
    (member) => {
      expect(isRead(result({ [member]: [{ long }] }))).toBe(true);
      expect(isRead(result({ [member]: [{ long }], isError: false, resultType: 'complete' }))).toBe(true);
    },
  );

  test.each(['tools', 'prompts', '_meta', 'task', 'instructions'])(
    'the ends of a result with long %s are not sufficient',
    (member) => expect(isRead(result({ [member]: [{ long }] }))).toBe(false),
  );

  test('a result that is long by a number, or not cut at all, is not read', () => {
    expect(isRead(`{"jsonrpc":"2.0","id":1,"result":{"content":${'1'.repeat(5000)}}}`)).toBe(false);
    expect(isRead(`${JSON.stringify(result({ content: [] }))}${' '.repeat(5000)}`)).toBe(false);
    expect(isRead(`{"jsonrpc":"2.0","id":1,${' '.repeat(5000)}"result":{"content":[]}}`)).toBe(false);
  });

  test('isError and resultType must be in an end, if they occur', () => {
    const parts = [{ content: [long] }, { structuredContent: [long] }];
    const between = (middle: object) => isRead(result({ ...parts[0], ...middle, ...parts[1] }));
    expect(between({})).toBe(true);
    expect(between({ isError: true })).toBe(false);
    expect(between({ resultType: 'complete' })).toBe(false);
    expect(between({ a: 'isError' })).toBe(false);
    expect(between({ a: 'is an Error' })).toBe(true);
    expect(between({ a: 'resultType' })).toBe(false);
    expect(between({ a: 'my Type' })).toBe(true);
    expect(isRead(result({ isError: false, ...parts[0], a: 'isError', ...parts[1] }))).toBe(true);
    expect(isRead(result({ resultType: 'x', ...parts[0], a: 'resultType', ...parts[1] }))).toBe(true);
  });

  test('a failure needs the shown part of its text', () => {
    const failure = (text: string, more: object = {}) =>
      isRead(result({ isError: true, content: [{ type: 'text', text }], ...more }));
    expect(failure(long)).toBe(true);
    expect(failure('no', { structuredContent: { long } })).toBe(true);
    expect(isRead(result({ isError: true, structuredContent: { long }, content: [{ text: long }] }))).toBe(
      false,
    );
    expect(isRead(result({ isError: true, structuredContent: { long }, content: [{ text: 'no' }] }))).toBe(
      true,
    );
    expect(isRead(result({ isError: true, structuredContent: { long } }))).toBe(false);
    expect(isRead(result({ isError: true, content: [{ type: 'image', data: long }, { text: 'no' }] }))).toBe(
      false,
    );
    expect(isRead(result({ isError: 'true', content: [{ type: 'image', data: long }] }))).toBe(true);
  });

  test('exactly the shown part of an error text is enough', () => {
    // The head has 1,024 bytes. The padding decides how many of them belong to the text.
    const failure = (shown: number) => {
      const before = (pad: string) =>
        `{"jsonrpc":"2.0","id":1,"pad":"${pad}","result":{"isError":true,"content":[{"text":"`;
      const pad = 'p'.repeat(1024 - before('').length - shown);
      return isRead(`${before(pad)}${'x'.repeat(5000)}"}]}}`);
    };
    expect([failure(499), failure(500), failure(501)]).toEqual([false, true, true]);
  });
});

describe('the id of a long message', () => {
  test('an id in the unread middle is searched for', () => {
    const more = { more: { long } };
    expect(isRead({ result: { content: long }, id: 1 })).toBe(true);
    expect(isRead({ id: 1, result: { content: long } })).toBe(true);
    expect(isRead({ result: { content: long }, id: 1, ...more })).toBe(false);
    expect(isRead({ method: 'notifications/message', params: { data: long } })).toBe(true);
    expect(isRead({ method: 'notifications/message', params: { data: `${long}id` } })).toBe(true);
    expect(isRead({ method: 'notifications/message', params: { data: [long, 'id', long] } })).toBe(false);
    expect(isRead({ method: 'notifications/message', params: { data: [long, 'void', long] } })).toBe(true);
    expect(isRead({ id: null, method: 'notifications/message', params: { data: long } })).toBe(false);
  });

  test.each(['[', '{"id":1', 'text', '{"jsonrpc":"2.0","id":1,"result":{"content":"'])(
    'a long text that begins with %j and does not end like a message is not read',
    (start) => expect(isRead(start + long)).toBe(false),
  );
});
