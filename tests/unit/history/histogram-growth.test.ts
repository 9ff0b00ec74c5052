import { describe, expect, test } from 'vitest';

import { HistogramGrowth } from '../../../src/history/histogram-growth.ts';

/** Of completed operations, with how many were not above each bound. */
function grown(cumulative: Record<string, number>, sumSeconds: number): HistogramGrowth {
  const growth = new HistogramGrowth();
  for (const [le, count] of Object.entries(cumulative)) growth.add('completed', le, count);
  growth.add('completed', undefined, sumSeconds);
  return growth;
}

describe('durations', () => {
  test('durations are estimated from buckets', () => {
    // As 0.15, 0.15, 0.3, 0.4 and 0.7 s would make them.
    const summary = grown({ 0.1: 0, 0.2: 2, 0.5: 4, 1: 5, 2: 5, '+Inf': 5 }, 1.7).summarize();
    expect(summary).toMatchObject({ count: 5, successRate: 100, minDuration: 0.1, maxDuration: 1 });
    expect(summary.avgDuration).toBeCloseTo(1.7 / 5, 12);
    // Half a way of two into the two between 0.2 and 0.5; three quarters into the one between 0.5 and 1.
    expect(summary.medianDuration).toBeCloseTo(0.2 + 0.3 * (0.5 / 2), 12);
    expect(summary.p95Duration).toBeCloseTo(0.5 + 0.5 * 0.75, 12);
    expect(summary.p99Duration).toBeCloseTo(0.5 + 0.5 * 0.95, 12);
    // The middles 0.15, 0.15, 0.35, 0.35 and 0.75 have the mean 0.35.
    expect(summary.stdDeviation).toBeCloseTo(Math.sqrt((2 * 0.2 ** 2 + 0.4 ** 2) / 4), 12);
  });

  test('the durations of one operation are exact', () => {
    const { avgDuration, ...summary } = grown({ 1: 0, 2: 1, '+Inf': 1 }, 1.25).summarize();
    expect(avgDuration).toBe(1.25);
    for (const key of ['minDuration', 'maxDuration', 'medianDuration', 'p95Duration', 'p99Duration'] as const)
      expect(summary[key]).toBe(1.25);
    expect(summary.stdDeviation).toBe(0);
  });

  test('durations beyond the last bound are given as that bound', () => {
    const summary = grown({ 0.5: 0, 1: 9, '+Inf': 10 }, 9.2).summarize();
    expect(summary).toMatchObject({ minDuration: 0.5, maxDuration: 1, p99Duration: 1 });
  });

  test('durations beyond the last bound are given as their mean if the mean is beyond it, too', () => {
    const summary = grown({ 1: 0, '+Inf': 2 }, 30).summarize();
    expect(summary).toMatchObject({ minDuration: 1, avgDuration: 15, maxDuration: 15 });
  });

  test('durations fall into the same bucket whether its bound is written 1, as by Prometheus 2, or 1.0, as by 3', () => {
    const growth = grown({ 0.5: 0, 1: 3, '+Inf': 5 }, 4);
    growth.add('completed', '1.0', 2);
    expect(growth.summarize()).toEqual(grown({ 0.5: 0, 1: 5, '+Inf': 5 }, 4).summarize());
  });
});

describe('counts', () => {
  test('counts are by how operations ended', () => {
    const growth = new HistogramGrowth();
    for (const [status, count] of [
      ['completed', 6] as const,
      ['failed', 3] as const,
      ['cancelled', 1] as const,
    ])
      growth.add(status, '+Inf', count);
    expect(growth.summarize()).toMatchObject({
      count: 10,
      successCount: 6,
      failureCount: 3,
      cancelledCount: 1,
      successRate: expect.closeTo(66.7, 1),
    });
  });

  test('counts of an unknown status are left out', () => {
    const growth = grown({ 1: 2, '+Inf': 2 }, 1);
    growth.add('exploded', '+Inf', 100);
    expect(growth.summarize().count).toBe(2);
  });

  test('counts of a window are the later totals minus the earlier ones', () => {
    const growth = grown({ 1: 5, '+Inf': 7 }, 9);
    growth.add('completed', '1', -5);
    growth.add('completed', '+Inf', -5);
    growth.add('completed', undefined, -3);
    expect(growth.summarize()).toMatchObject({ count: 2, avgDuration: 3, minDuration: 1 });
  });
});

test.each([
  { title: 'nothing', cumulative: {}, sum: 0 },
  { title: 'a series that shrank', cumulative: { 1: -5, '+Inf': -7 }, sum: -9 },
  { title: 'a sum without counts', cumulative: {}, sum: 3 },
])('the growth of $title is 0', ({ cumulative, sum }) => {
  expect(new Set(Object.values(grown(cumulative, sum).summarize()))).toEqual(new Set([0]));
});

test('buckets that contradict the total are corrected by the total', () => {
  const right = grown({ 1: 2, 2: 2, '+Inf': 2 }, 1.5).summarize();
  expect(grown({ 1: 50, 2: 2, '+Inf': 2 }, 1.5).summarize()).toEqual(right);
  expect(grown({ 1: 2, 2: 1, '+Inf': 2 }, 1.5).summarize()).toEqual(right);
});

test.each([
  { title: 'more in a bucket than in all', cumulative: { 1: 50, 2: 2, '+Inf': 2 }, sum: 3 },
  { title: 'less up to a higher bound', cumulative: { 1: 2, 2: 1, '+Inf': 2 }, sum: 3 },
  { title: 'a negative sum', cumulative: { 1: 2, 2: 2, '+Inf': 2 }, sum: -3 },
  { title: 'no buckets but the total', cumulative: { '+Inf': 2 }, sum: 3 },
])('a histogram with $title gives neither a negative number nor NaN', ({ cumulative, sum }) => {
  const summary = grown(cumulative, sum).summarize();
  expect(summary.count).toBe(2);
  for (const value of Object.values(summary)) expect(value).toBeGreaterThanOrEqual(0);
  for (const key of ['medianDuration', 'p95Duration', 'p99Duration'] as const) {
    expect(summary[key]).toBeGreaterThanOrEqual(summary.minDuration);
    expect(summary[key]).toBeLessThanOrEqual(summary.maxDuration);
  }
});
