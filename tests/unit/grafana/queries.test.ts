import { expect, test } from 'vitest';

import { grafanaQueries, type GrafanaQuery } from '../../support/grafana-queries.ts';
import {
  bareCounters,
  exactBounds,
  lenientObjectives,
  parseQuery,
  quantilesWithoutBounds,
  toolsWithoutServer,
  unchosenSelectors,
  unknownLabels,
  unknownSeries,
  wrongRanges,
} from '../../support/query-rules.ts';

/** What a rule finds wrong, by dashboard, panel and refId. */
function faults(
  rule: (expr: string) => string[],
  queries: readonly GrafanaQuery[] = grafanaQueries,
): string[] {
  return queries.flatMap(({ name, expr }) => rule(expr).map((fault) => `${name}: ${fault}`));
}

test('there are queries of panels, variables and annotations', () => {
  expect(grafanaQueries.length).toBeGreaterThan(100);
  expect(new Set(grafanaQueries.map(({ name }) => name)).size).toBe(grafanaQueries.length);
  expect(grafanaQueries.filter(({ expr }) => expr === '')).toEqual([]);
});

test('every query is PromQL once its variables are replaced', () => {
  const parse = (expr: string) => {
    try {
      return parseQuery(expr) && [];
    } catch (error) {
      return [String(error)];
    }
  };
  expect(faults(parse)).toEqual([]);
});

test('rates are over [$__rate_interval], increases over that or [$__range]', () => {
  expect(faults(wrongRanges)).toEqual([]);
});

test('counters are read only through rate, irate and increase', () => {
  // Which values a label has, a counter tells as well as a gauge.
  const values = grafanaQueries.filter(({ kind }) => kind !== 'labels');
  expect(faults(bareCounters, values)).toEqual([]);
});

test('every selector is for the chosen jobs and instances', () => {
  // The jobs, and then the instances, are what there is to choose from: neither can wait for its own choice.
  const choosing = grafanaQueries.filter(({ name }) => !/: variable (job|instance)$/.test(name));
  expect(choosing.length).toBeGreaterThan(100);
  expect(faults(unchosenSelectors, choosing)).toEqual([]);
});

test('quantiles keep le', () => {
  expect(faults(quantilesWithoutBounds)).toEqual([]);
});

test('tools of the same name on two servers are told apart', () => {
  expect(faults(toolsWithoutServer)).toEqual([]);
});

test('the objective is the strictest, as in the rules', () => {
  expect(faults(lenientObjectives)).toEqual([]);
});

test('no bucket is named that Prometheus 2 and 3 write differently', () => {
  expect(faults(exactBounds)).toEqual([]);
});

test('every metric in a query is emitted or recorded', () => {
  expect(faults(unknownSeries)).toEqual([]);
});

test('every label in a query is one that its metric has', () => {
  expect(faults(unknownLabels)).toEqual([]);
});
