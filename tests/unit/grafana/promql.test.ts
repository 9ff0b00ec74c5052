import { describe, expect, test } from 'vitest';

import { parsePromQl } from '../../support/promql.ts';

describe('a selector', () => {
  test('a selector has a name and matchers', () => {
    const { selectors } = parsePromQl('a_total{job=~"x|y", error_type!~"|cancelled", z="1", y!="2"}');
    expect(selectors).toEqual([
      {
        metric: 'a_total',
        matchers: [
          { label: 'job', operator: '=~', value: 'x|y' },
          { label: 'error_type', operator: '!~', value: '|cancelled' },
          { label: 'z', operator: '=', value: '1' },
          { label: 'y', operator: '!=', value: '2' },
        ],
        range: undefined,
        functions: [],
        text: 'a_total{job=~"x|y", error_type!~"|cancelled", z="1", y!="2"}',
      },
    ]);
  });

  test.each(['{__name__="a_total",b="c"}', '{"a_total",b="c"}', "a_total{b='c'}", 'a_total{b="c",}'])(
    'the selector %s has its name wherever it is written',
    (expr) => {
      const [selector] = parsePromQl(expr).selectors;
      expect(selector?.metric).toBe('a_total');
      expect(selector?.matchers).toEqual([{ label: 'b', operator: '=', value: 'c' }]);
    },
  );

  test('a selector of labels only has no name', () => {
    expect(parsePromQl('{job="a", __name__=~"x.*"}').selectors[0]?.metric).toBeUndefined();
  });

  test('a selector has its range and its functions from the inside out', () => {
    const { selectors } = parsePromQl(
      'histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m] offset 1h))) > b',
    );
    expect(selectors.map(({ metric, range, functions }) => ({ metric, range, functions }))).toEqual([
      { metric: 'a_bucket', range: '5m', functions: ['rate', 'histogram_quantile'] },
      { metric: 'b', range: undefined, functions: [] },
    ]);
  });
});

test('a call has the range of its argument', () => {
  const { calls } = parsePromQl('abs(rate(a[5m])) + max_over_time(rate(b[1m])[1h:30s])');
  expect(calls.map(({ name, range }) => [name, range])).toEqual([
    ['abs', undefined],
    ['rate', '5m'],
    ['max_over_time', '1h'],
    ['rate', '1m'],
  ]);
});

test('an aggregation has the labels that it keeps or drops', () => {
  const { aggregations } = parsePromQl(
    'sum by (job, le) (a) / on (job) group_left () max without (x) (b) + min(c)',
  );
  expect(aggregations.map(({ operator, grouping, labels }) => [operator, grouping, labels])).toEqual([
    ['sum', 'by', ['job', 'le']],
    ['max', 'without', ['x']],
    ['min', undefined, []],
  ]);
});

test('operators are by name', () => {
  expect(parsePromQl('a / on (job) b and c > 1').operators.toSorted()).toEqual(['And', 'Div', 'Gtr']);
});

test('numbers are as they are written', () => {
  expect(parsePromQl('a > 14.4 * (1 - b) and count_over_time(a[1d]) >= 360').numbers).toEqual([
    '14.4',
    '1',
    '360',
  ]);
});

test.each(['rate(a[$__rate_interval])', 'sum by (le) (a', 'a{b=c}', 'a b'])(
  '%s is rejected as PromQL',
  (expr) => {
    expect(() => parsePromQl(expr)).toThrow(SyntaxError);
  },
);
