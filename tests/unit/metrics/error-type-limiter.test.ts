import { expect, test } from 'vitest';

import { ErrorTypeLimiter, otherErrorType } from '../../../src/metrics/error-type-limiter.ts';
import { LabelLimiter } from '../../../src/monitor/label-limiter.ts';

test('error types are limited for each server', () => {
  const types = new ErrorTypeLimiter(() => new LabelLimiter(2, () => undefined));
  const limited = (server: string) => ['a', 'b', 'c', 'a'].map((type) => types.limit(server, type));
  expect(limited('shop')).toEqual(['a', 'b', '_OTHER', 'a']);
  expect(limited('store')).toEqual(['a', 'b', '_OTHER', 'a']);
});

test('a success, a cancellation or an unknown outcome never becomes an error', () => {
  const types = new ErrorTypeLimiter(() => new LabelLimiter(0, () => undefined));
  const values = ['', 'cancelled', 'unobserved', 'tool_error'];
  expect(values.map((type) => types.limit('shop', type))).toEqual(['', 'cancelled', 'unobserved', '_OTHER']);
  expect(values.map((type) => otherErrorType(type))).toEqual(['', 'cancelled', 'unobserved', '_OTHER']);
});
