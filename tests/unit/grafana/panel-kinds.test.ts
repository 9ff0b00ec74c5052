import { expect, test } from 'vitest';

import { palette } from '../../../grafana/src/palette.ts';
import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { parseQuery } from '../../support/query-rules.ts';
import { namedPanels, overridesOf, propertiesOf, targetsOf } from '../../support/shipped-dashboards.ts';

const ofType = (...types: string[]) => namedPanels().filter(([, panel]) => types.includes(panel.type));

test.each(ofType('stat', 'bargauge'))('%s shows the last value', (_, panel) => {
  expect(panel.options).toMatchObject({ reduceOptions: { calcs: ['lastNotNull'], values: false } });
});

test.each(ofType('stat', 'table'))('%s tells no number from 0', (_, panel) => {
  expect(panel.fieldConfig?.defaults.mappings).toContainEqual(
    expect.objectContaining({ type: 'special', options: expect.objectContaining({ match: 'null+nan' }) }),
  );
});

test.each(ofType('stat', 'bargauge', 'table'))('%s does not show what was as if it were now', (_, panel) => {
  // Over time, the last number before a hole would stand there: hours after the exporter has gone.
  for (const { expr, instant } of targetsOf(panel)) expect(instant, expr).toBe(true);
});

test.each(ofType('timeseries'))(
  '%s reads without hovering: its legend has the last and the largest value',
  (_, panel) => {
    expect(panel.options).toMatchObject({
      legend: { showLegend: true, displayMode: 'table', calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi' },
    });
  },
);

/** Requests carry traces: their durations are recorded with exemplars. */
const traced = [
  protocolCatalogue.serverOperationDuration.name,
  protocolCatalogue.clientOperationDuration.name,
];
const quantileOfTraced = (expr: string) =>
  parseQuery(expr).selectors.some(
    ({ metric = '', functions }) =>
      functions.includes('histogram_quantile') && traced.some((name) => metric === `${name}_bucket`),
  );
const withDurations = ofType('timeseries').filter(([, panel]) =>
  targetsOf(panel).some(({ expr }) => quantileOfTraced(expr)),
);

test('there are panels of durations', () => {
  expect(withDurations.length).toBeGreaterThan(2);
});

test.each(withDurations)('%s shows single calls that have a trace', (_, panel) => {
  expect(targetsOf(panel).filter(({ exemplar }) => exemplar === true)).toHaveLength(1);
});

test.each(ofType('heatmap'))('%s has its buckets as rows, in seconds', (_, panel) => {
  expect(targetsOf(panel)).toEqual([expect.objectContaining({ format: 'heatmap', legendFormat: '{{le}}' })]);
  expect(panel.options).toMatchObject({ calculate: false, yAxis: { unit: 's' } });
});

test.each(ofType('table'))('%s asks for columns that its queries have', (_, panel) => {
  const targets = targetsOf(panel);
  for (const { format, instant } of targets)
    expect({ format, instant }).toEqual({ format: 'table', instant: true });
  const values = targets.length === 1 ? ['Value'] : targets.map(({ refId }) => `Value #${refId}`);
  const columns = overridesOf(panel).map(({ matcher }) => String(matcher.options));
  for (const column of columns.filter((name) => name.startsWith('Value'))) expect(values).toContain(column);
  for (const column of columns.filter((name) => !name.startsWith('Value'))) {
    const kept = parseQuery(targets[0]?.expr ?? '').aggregations.flatMap(({ labels }) => labels);
    expect(kept).toContain(column);
  }
  expect(propertiesOf(panel).filter(({ id }) => id === 'displayName')).toHaveLength(columns.length);
});

test.each(ofType('table'))('%s does not fill empty cells with the text of an empty table', (_, panel) => {
  for (const { matcher, properties } of overridesOf(panel)) {
    expect(properties, String(matcher.options)).toContainEqual({ id: 'noValue', value: '–' });
  }
});

test.each(ofType('state-timeline'))('%s names its states', (_, panel) => {
  // With colors by threshold, Grafana prints the ranges of the thresholds ("1+", "<1") instead.
  expect(panel.fieldConfig?.defaults.color?.mode).not.toBe('thresholds');
  expect(panel.fieldConfig?.defaults.mappings?.length).toBeGreaterThan(0);
});

test.each(ofType('stat', 'table'))('%s shows an unknown number in gray', (_, panel) => {
  expect(panel.fieldConfig?.defaults.mappings).toContainEqual(
    expect.objectContaining({
      type: 'special',
      options: expect.objectContaining({ result: expect.objectContaining({ color: palette.unknown }) }),
    }),
  );
});

test.each(ofType('timeseries'))('%s has an axis that fits values that are all 0', (_, panel) => {
  // Grafana's own choice is 0 to 100.
  expect(panel.fieldConfig?.defaults.custom).toMatchObject({ axisSoftMax: expect.any(Number) });
});

test.each(ofType('timeseries'))('%s does not stretch its axis to a constant', (_, panel) => {
  for (const { expr } of targetsOf(panel)) expect(expr).not.toMatch(/^vector\(/);
});

test.each(ofType('state-timeline', 'status-history'))('%s has as many rows as fit', (_, panel) => {
  // Grafana's own choice is 20, whose names overlap.
  const { perPage } = panel.options as { perPage?: number };
  expect(perPage).toBeLessThan(panel.gridPos?.h ?? 0);
});

test.each(ofType('stat').filter(([, { options }]) => (options as { textMode?: string }).textMode === 'name'))(
  '%s has a series that names the unknown, because it does not show its value',
  (_, panel) => {
    for (const { expr } of targetsOf(panel))
      expect(expr).toMatch(/ or on \(\) label_replace\(vector\(NaN\), /);
  },
);
