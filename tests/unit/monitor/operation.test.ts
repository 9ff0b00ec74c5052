import { expect, test } from 'vitest';

import { knownMethod, knownVersion } from '../../../src/monitor/mcp-vocabulary.ts';
import { briefDetails, operationKey, OPERATION_STATUSES } from '../../../src/monitor/operation.ts';
import { isOutcome } from '../../../src/monitor/outcomes.ts';
import { outcomeOfMetric, type PerformanceMetric } from '../../../src/monitor/performance-metric.ts';

test('an operation has ended in four of its statuses', () => {
  expect(OPERATION_STATUSES.filter(isOutcome)).toEqual(['completed', 'failed', 'cancelled', 'unobserved']);
  expect(OPERATION_STATUSES).toHaveLength(6);
});

test('keys of operations differ if their sessions or ids do, wherever there are spaces', () => {
  const keys = [
    operationKey('a', 'b c'),
    operationKey('a b', 'c'),
    operationKey('a', 'b'),
    operationKey('b', 'a'),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(operationKey('a', 'b')).toBe(operationKey('a', 'b'));
});

test('brief details have no objects, no long texts and at most ten members', () => {
  const short = 'x'.repeat(200);
  expect(
    briefDetails({ short, long: `${short}x`, list: [], at: new Date(0), nothing: null, n: 0, b: false }),
  ).toEqual({ short, nothing: null, n: 0, b: false });
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, i]));
  expect(Object.keys(briefDetails(eleven))).toEqual(Object.keys(eleven).slice(0, 10));
  const brief = { short, n: 1 };
  expect(briefDetails(brief)).toBe(brief);
});

test.each<[Partial<PerformanceMetric>, string]>([
  [{}, 'completed'],
  [{ success: true }, 'completed'],
  [{ success: false }, 'failed'],
  [{ errorMessage: '' }, 'failed'],
  [{ errorMessage: 'x', success: true }, 'completed'],
  [{ duration: 0, memoryUsage: 0, cpuUsage: 0 }, 'completed'],
])('a metric with %j is %s', (given, outcome) => {
  expect(outcomeOfMetric({ operationType: 'a', duration: 1, ...given })).toBe(outcome);
});

test.each<[object, string]>([
  [{ operationType: '' }, 'operationType: expected a non-empty string, received ""'],
  [{ operationType: 5 }, 'operationType: expected a non-empty string, received 5'],
  [{ duration: -1 }, 'duration: expected a number of at least 0, received -1'],
  [{ duration: NaN }, 'duration: expected a number of at least 0, received NaN'],
  [{ memoryUsage: -1 }, 'memoryUsage: expected a number of at least 0, received -1'],
  [{ cpuUsage: Infinity }, 'cpuUsage: expected a number of at least 0, received Infinity'],
])('a metric with %j is refused', (given, message) => {
  const metric = { operationType: 'a', duration: 1, ...given } as PerformanceMetric;
  expect(() => outcomeOfMetric(metric)).toThrow(new TypeError(message));
});

test('methods and versions that MCP does not have are _OTHER', () => {
  expect([knownMethod('tools/call'), knownMethod('tools/hack')]).toEqual(['tools/call', '_OTHER']);
  expect([knownVersion('2025-11-25'), knownVersion('2099-01-01')]).toEqual(['2025-11-25', '_OTHER']);
});
