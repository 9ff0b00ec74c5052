import { describe, expect, test } from 'vitest';

import { createLogger, protectLogger, type Logger } from '../../../src/logging/logger.ts';
import { LogBuffer } from '../../../src/logging/log-buffer.ts';
import { createLogRedaction } from '../../../src/logging/log-redaction.ts';
import { createRedactor } from '../../../src/redaction/create-redactor.ts';

const redact = createLogRedaction(createRedactor(['emp[0-9]{4}']));

function failure(): Error {
  const cause = Object.assign(new Error('connect to https://bob:hunter2@x.test failed'), {
    code: 'ECONNREFUSED',
  });
  return Object.assign(new TypeError('no access with token=hunter2 for emp1234', { cause }), {
    code: 'EACCES',
  });
}

describe('the fields of a log line', () => {
  test('the fields of a log line have no secrets', () => {
    const fields = { hub: 'https://bob:hunter2@x.test/', reason: 'password: hunter2', events: 3 };
    expect(redact(fields)).toEqual({
      hub: 'https://bob:[redacted]@x.test/',
      reason: 'password: [redacted]',
      events: 3,
    });
    expect(redact('sent to emp1234')).toBe('sent to [redacted]');
    expect(redact(undefined)).toBeUndefined();
  });

  test('errors in a log line have no secrets in message, stack and causes', () => {
    const { err } = redact({ err: failure() }) as { err: Error & { cause: Error & { code: string } } };
    expect(err).toBeInstanceOf(TypeError);
    expect(err.message).toBe('no access with token=[redacted] for [redacted]');
    expect(err.stack).toContain('log-redaction.test.ts');
    expect(err.cause.code).toBe('ECONNREFUSED');
    for (const text of [err.stack, err.cause.message, err.cause.stack]) expect(text).not.toContain('hunter2');
  });
});

test('a timeout of the platform is logged like any error', () => {
  const { err } = redact({ err: new DOMException('timed out with token=hunter2', 'TimeoutError') }) as {
    err: Error;
  };
  expect(err).toMatchObject({ name: 'TimeoutError', message: 'timed out with token=[redacted]', code: 23 });
  expect(err).not.toBeInstanceOf(DOMException);
});

test('a secret that a log call is given is not on stderr', () => {
  let text = '';
  const write = (bytes: Uint8Array) => {
    text += Buffer.from(bytes).toString();
    return bytes.length;
  };
  const logger = createLogger('debug', new LogBuffer({ write }), redact);
  logger.error({ err: failure(), url: 'redis://:hunter2@x.test' }, 'a part of the exporter failed');
  logger.warn({ reason: 'Authorization: Bearer hunter2' }, 'hub unreachable, buffering events');
  expect(text.match(/\n/g)).toHaveLength(2);
  expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ err: { type: 'TypeError', code: 'EACCES' } });
  expect(text).not.toMatch(/hunter2|emp1234/);
});

test('a program’s own logger is given no secret either', () => {
  const calls: unknown[][] = [];
  const note = (...args: unknown[]) => void calls.push(args);
  const own = { debug: note, info: note, warn: note, error: note } as unknown as Logger;
  protectLogger(own, undefined, redact).error({ err: failure() }, 'failed');
  const [[fields, message] = []] = calls;
  expect(message).toBe('failed');
  expect((fields as { err: Error }).err.message).not.toContain('hunter2');
});
