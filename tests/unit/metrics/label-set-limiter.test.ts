import { expect, test } from 'vitest';

import { LabelSetLimiter } from '../../../src/metrics/label-set-limiter.ts';
import { SeriesBudget } from '../../../src/metrics/series-budget.ts';

const NAMED = ['mcp_server_name', 'mcp_method_name', 'gen_ai_tool_name', 'error_type'];
const HISTOGRAM = {
  name: 'h_seconds',
  help: 'h',
  type: 'histogram',
  labels: NAMED,
  buckets: [1, 2],
} as const;
const COUNTER = { name: 'c_total', help: 'c', type: 'counter', labels: NAMED } as const;
const REJECTIONS = {
  name: 'r_total',
  help: 'r',
  type: 'counter',
  labels: ['mcp_server_name', 'http_status', 'error_type'],
  maxLabelSets: 2,
} as const;

function limiting(definition: ConstructorParameters<typeof LabelSetLimiter>[0], used = 0) {
  const budget = new SeriesBudget(1000);
  budget.take('shop', used);
  const overflows: string[] = [];
  return {
    budget,
    overflows,
    limiter: new LabelSetLimiter(definition, budget, (name) => overflows.push(name)),
  };
}

test('a histogram beyond its share keeps the server, the method and the error type, and counts as its metric', () => {
  const { limiter, overflows } = limiting(HISTOGRAM, 559);
  const values = ['shop', 'tools/call', 'buy', 'tool_error'];
  expect(limiter.fit(values)).toBe(values);
  limiter.take(values);
  expect(limiter.fit(values)).toEqual(['shop', 'tools/call', '_OTHER', 'tool_error']);
  expect(overflows).toEqual(['h_seconds']);
  const ofServer = ['shop', 'ping', '', ''];
  expect(limiter.fit(ofServer)).toBe(ofServer);
});

test('a histogram takes a series for each bucket, and for +Inf, the sum and the count', () => {
  const { budget, limiter } = limiting(HISTOGRAM, 555);
  limiter.take(['shop', 'tools/call', 'buy', '']);
  expect(budget.hasRoom('shop', 'histograms')).toBe(false);
  const other = limiting(HISTOGRAM, 554);
  other.limiter.take(['shop', 'tools/call', 'buy', '']);
  expect(other.budget.hasRoom('shop', 'histograms')).toBe(true);
});

test('a counter keeps its name beyond the limit; of its error types only errors are replaced', () => {
  const { limiter } = limiting(COUNTER, 800);
  const fitted = (errorType: string) => limiter.fit(['shop', 'tools/call', 'buy', errorType]).slice(2);
  expect(['', 'cancelled', 'unobserved', '-32602', 'tool_error'].map(fitted)).toEqual([
    ['buy', ''],
    ['buy', 'cancelled'],
    ['buy', 'unobserved'],
    ['buy', '_OTHER'],
    ['buy', '_OTHER'],
  ]);
});

test('a metric without names has a limit of label sets for each server, which keeps its name', () => {
  const { limiter, overflows } = limiting(REJECTIONS);
  for (const status of ['400', '404']) limiter.take(['shop', status, 'closed']);
  expect(limiter.fit(['shop', '405', 'closed'])).toEqual(['shop', '_OTHER', '_OTHER']);
  expect(limiter.fit(['store', '405', 'closed'])).toEqual(['store', '405', 'closed']);
  expect(overflows).toEqual(['r_total']);
});
