import { describe, expect, test } from 'vitest';

import {
  CONNECTION,
  endOfConnection,
  endOfUnanswered,
  UNANSWERED,
  type ConnectionFacts,
  type UnansweredEnd,
  type UnansweredFacts,
} from '../../../../src/mcp/http/exchange-end.ts';
import { decide } from '../../../../src/mcp/protocol/decision-table.ts';
import {
  CONNECTION_LOST,
  CLOSED,
  DISCONNECTED,
  type RequestEnd,
} from '../../../../src/mcp/protocol/request-end.ts';

const unanswered: UnansweredFacts = {
  how: 'complete',
  isRefused: false,
  isAnsweredElsewhere: false,
  isUnread: false,
};

test.each<[string, Partial<UnansweredFacts>, UnansweredEnd]>([
  ['the server refused its HTTP request', { isRefused: true, isUnread: true }, 'refused'],
  ['the server refused it and broke off', { isRefused: true, how: 'broken' }, 'refused'],
  ['the client left before it was refused', { isRefused: true, how: 'client_gone' }, DISCONNECTED],
  ['its answer comes on another stream', { isAnsweredElsewhere: true }, 'in_flight'],
  ['the client left, and may resume', { isAnsweredElsewhere: true, how: 'client_gone' }, 'in_flight'],
  ['the stream broke off, and may be resumed', { isAnsweredElsewhere: true, how: 'broken' }, 'in_flight'],
  ['the client left', { how: 'client_gone', isUnread: true }, DISCONNECTED],
  ['its response was not read', { isUnread: true }, 'unobserved'],
  ['its response was not read, and broke off', { isUnread: true, how: 'broken' }, CONNECTION_LOST],
  ['the response was complete without it', {}, CONNECTION_LOST],
  ['the response broke off', { how: 'broken' }, CONNECTION_LOST],
])('what becomes of a request without an answer if %s', (_, facts, fate) => {
  expect(endOfUnanswered({ ...unanswered, ...facts })).toEqual(fate);
});

const session: ConnectionFacts = {
  isLasting: true,
  how: 'complete',
  method: 'POST',
  isSuccess: true,
  isUnknownSession: false,
  isStream: false,
};
const forgotten = { isUnknownSession: true, isSuccess: false };

test.each<[string, Partial<ConnectionFacts>, RequestEnd | null]>([
  ['a request without a session', { isLasting: false }, DISCONNECTED],
  ['a DELETE without a session', { isLasting: false, method: 'DELETE' }, DISCONNECTED],
  ['a POST of a session', {}, null],
  ['a GET of a session', { method: 'GET' }, null],
  ['a POST of a session that broke off', { how: 'broken' }, null],
  ['a POST of a stream', { isStream: true }, null],
  ['a DELETE of a session', { method: 'DELETE' }, CLOSED],
  ['a DELETE that was refused', { method: 'DELETE', isSuccess: false }, null],
  ['a DELETE of a session that the server has forgotten', { method: 'DELETE', ...forgotten }, CLOSED],
  ['a POST of a session that the server has forgotten', forgotten, CONNECTION_LOST],
  ['a forgotten session whose client left', { how: 'client_gone', ...forgotten }, CLOSED],
  ['a stream that the server ended', { method: 'GET', isStream: true }, CONNECTION_LOST],
  ['a stream that broke off', { method: 'GET', isStream: true, how: 'broken' }, CONNECTION_LOST],
  ['a stream whose client left', { method: 'GET', isStream: true, how: 'client_gone' }, CLOSED],
])('how a connection ends after %s', (_, facts, end) => {
  expect(endOfConnection({ ...session, ...facts })).toEqual(end);
});

describe.each([
  ['UNANSWERED', UNANSWERED as readonly (readonly [object, unknown])[]],
  ['CONNECTION', CONNECTION as readonly (readonly [object, unknown])[]],
])('%s', (_, rows) => {
  test('a table ends with its only row without conditions', () => {
    expect(rows.map(([when]) => Object.keys(when).length === 0)).toEqual(
      rows.map((_row, at) => at === rows.length - 1),
    );
  });

  test('a table has no two rows with the same conditions', () => {
    const conditions = rows.map(([when]) =>
      JSON.stringify(Object.entries(when).toSorted(([a], [b]) => a.localeCompare(b))),
    );
    expect(new Set(conditions).size).toBe(rows.length);
  });
});

test('a table without a row for some facts is a mistake that says so', () => {
  expect(() => decide([[{ isUp: true }, 'up']], { isUp: false })).toThrow(
    'decide: expected a row for {"isUp":false}',
  );
});
