import { describe, expect, test } from 'vitest';

import {
  answeredWith,
  cancelledFor,
  sendFailed,
  serverExited,
} from '../../../../src/mcp/protocol/request-end.ts';

describe('a cancelled request', () => {
  test.each([
    ['', 'cancelled', 'cancelled'],
    [' ', 'cancelled', 'cancelled'],
    ['the user said no', 'cancelled', 'the user said no'],
    ['timer outlet', 'cancelled', 'timer outlet'],
    ['Request timed out', 'timeout', 'Request timed out'],
    ['TIMEOUT after 60 s', 'timeout', 'TIMEOUT after 60 s'],
    ['time out', 'timeout', 'time out'],
  ])('a request that was cancelled for "%s" ends as %s', (reason, errorType, error) => {
    const cancellation = errorType === 'timeout' ? 'timeout' : 'notification';
    expect(cancelledFor(reason)).toEqual({ errorType, error, cancellation });
  });

  test('only the first 500 characters of a reason are read', () => {
    const { error, errorType } = cancelledFor(`${'x'.repeat(495)}timeout`);
    expect([error, errorType]).toEqual([`${'x'.repeat(495)}timeo`, 'cancelled']);
  });
});

test.each([
  [{ code: 3, signal: null }, 'with exit code 3'],
  [{ code: 0, signal: null }, 'with exit code 0'],
  [{ code: null, signal: null }, 'with exit code unknown'],
  [{ code: null, signal: 'SIGKILL' }, 'by SIGKILL'],
] as const)('a request whose server exited (%j) says how', (exit, how) => {
  expect(serverExited(exit)).toEqual({
    errorType: 'server_exited',
    error: `the server's process ended ${how} before it responded`,
  });
});

describe('a response', () => {
  const failed = { isError: true, content: [{ type: 'text', text: 'no' }] };

  test.each([
    [{}, 'tools/call', { errorType: '', inputRequired: false }],
    [{ resultType: 'input_required' }, 'tools/call', { errorType: '', inputRequired: true }],
    [{ resultType: 'complete', isError: false }, 'tools/call', { errorType: '', inputRequired: false }],
    [{ isError: 'true' }, 'tools/call', { errorType: '', inputRequired: false }],
    [failed, 'tools/call', { errorType: 'tool_error', error: 'no' }],
    [failed, 'resources/read', { errorType: '', inputRequired: false }],
  ])('a result %j of %s ends its request as %j', (result, method, end) => {
    expect(answeredWith({ kind: 'result', id: 1, result }, method, 20)).toEqual({
      ...end,
      result,
      sizeBytes: 20,
    });
  });

  test.each([
    [-32_602, '-32602'],
    [0, '0'],
    [null, '_OTHER'],
  ])('an error with code %s ends its request as %s, without a result', (code, errorType) => {
    const response = { kind: 'error', id: 1, code, message: 'bad' } as const;
    expect(answeredWith(response, 'tools/call', 30)).toStrictEqual({
      errorType,
      error: 'bad',
      sizeBytes: 30,
    });
  });
});

test.each([
  [-32_000, 'the server responded with error -32000 without a message'],
  [null, 'the server responded with an error without a message'],
])('an error with code %s and an empty message has a reason', (code, error) => {
  for (const message of ['', ' \n']) {
    expect(answeredWith({ kind: 'error', id: 1, code, message }, 'tools/call', 30)).toMatchObject({ error });
  }
});

describe('a response that could not be sent', () => {
  const withCode = (code: unknown, message = 'failed') => Object.assign(new Error(message), { code });

  test.each([
    withCode('EPIPE'),
    withCode('ECONNRESET'),
    withCode('ERR_STREAM_DESTROYED'),
    withCode('NOT_CONNECTED'),
    new Error('Not connected'),
    new Error('No connection established for request ID: 1'),
    withCode(5, 'not connected'),
  ])('a response that could not be sent (%s) had no client', (error) => {
    expect(sendFailed(error)).toMatchObject({ errorType: 'cancelled', cancellation: 'disconnect' });
  });

  test.each([
    new Error('reconnected'),
    new Error('is not connectedness'),
    withCode('EACCES'),
    new Error('EPIPE'),
    { message: 'Not connected', code: 'EPIPE' },
    'Not connected',
    undefined,
  ])('a response that could not be sent for another reason (%s) is undeliverable', (error) => {
    expect(sendFailed(error)).toEqual({
      errorType: 'undeliverable',
      error: 'the response could not be sent',
    });
  });
});
