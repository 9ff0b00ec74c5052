import { expect, test } from 'vitest';

import { EXAMPLE_QUERIES } from '../../../scripts/docs/example-queries.ts';
import { documents } from '../../support/documents.ts';
import { catalogue, definitionOf, metricsIn } from '../../support/known-metrics.ts';
import {
  bareCounters,
  quantilesWithoutBounds,
  toolsWithoutServer,
  unknownLabels,
  unknownSeries,
} from '../../support/query-rules.ts';

test('every metric of the catalogue has an example query', () => {
  expect(Object.keys(EXAMPLE_QUERIES).toSorted()).toEqual(catalogue.map(({ name }) => name).toSorted());
});

test.each(Object.entries(EXAMPLE_QUERIES))(
  'the example query of %s reads it correctly',
  (name, { query }) => {
    expect(metricsIn(query).map((series) => definitionOf(series)?.name)).toContain(name);
    const rules = [bareCounters, quantilesWithoutBounds, toolsWithoutServer, unknownLabels, unknownSeries];
    expect(rules.flatMap((wrongIn) => wrongIn(query))).toEqual([]);
  },
);

test('every PromQL snippet of the documentation reads only series that exist', () => {
  const snippets = documents.flatMap(({ text }) => [...text.matchAll(/^```promql\n([^]*?)^```/gm)]);
  expect(snippets.length).toBeGreaterThan(Object.keys(EXAMPLE_QUERIES).length);
  expect(snippets.flatMap(([, query = '']) => [...unknownSeries(query), ...unknownLabels(query)])).toEqual(
    [],
  );
});
