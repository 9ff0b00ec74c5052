import { describe, expect, test } from 'vitest';

import { palette } from '../../../grafana/src/palette.ts';
import { overridesOf, propertiesOf, shippedPanels, targetsOf } from '../../support/shipped-dashboards.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const OUTCOMES: Record<string, string> = {
  completed: palette.completed,
  failed: palette.failed,
  cancelled: palette.cancelled,
};

/** With a name that a failure shows in full: dashboard, title and number. */
function named(panels: typeof shippedPanels) {
  return panels.map(({ name, panel }) => [name, panel] as const);
}

describe.each(named(shippedPanels))('%s', (_, panel) => {
  const targets = targetsOf(panel);
  const names = targets.map(({ refId }) => refId);

  test('has a title and says what it shows', () => {
    expect(panel.title.length).toBeGreaterThan(2);
    expect(panel.description?.length).toBeGreaterThan(25);
  });

  test('has a unit, whatever kind of panel it is', () => {
    expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/);
  });

  test('says in its own words that there is nothing to show', () => {
    expect(panel.fieldConfig?.defaults.noValue).toMatch(/\w/);
  });

  test('asks the chosen data source, with queries that each have a name', () => {
    expect(panel.datasource).toEqual(DATASOURCE);
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    for (const { refId, datasource } of targets) {
      expect(refId).toMatch(/\w/);
      expect(datasource, refId).toEqual(DATASOURCE);
    }
  });

  test('takes limits from queries that it has', () => {
    for (const { id, options } of panel.transformations ?? []) {
      if (id !== 'configFromData') continue;
      const { configRefId, mappings } = options as {
        configRefId: string;
        mappings: { fieldName: string }[];
      };
      const limit = targets.find(({ refId }) => refId === configRefId);
      expect(limit?.legendFormat).toBe(mappings[0]?.fieldName);
    }
  });

  test('gives colours and forms to series that it has', () => {
    const legends = targets.map(({ legendFormat = '' }) => legendFormat);
    for (const { matcher } of overridesOf(panel)) {
      if (matcher.id !== 'byName' || panel.type === 'table') continue;
      const name = String(matcher.options);
      const isMade = legends.some((legend) => legend === name || /\{\{\w+\}\}/.test(legend));
      expect(isMade, `an override for “${name}”`).toBe(true);
    }
  });

  test('draws completed, failed and cancelled in the colours that they have everywhere', () => {
    for (const { matcher, properties } of overridesOf(panel)) {
      const colour = OUTCOMES[String(matcher.options)];
      if (colour === undefined) continue;
      expect(properties).toContainEqual({ id: 'color', value: { mode: 'fixed', fixedColor: colour } });
    }
    const drawn = overridesOf(panel).map(({ matcher }) => matcher.options);
    const told = targets.map(({ legendFormat = '' }) => legendFormat).filter((legend) => legend in OUTCOMES);
    expect(drawn).toEqual(expect.arrayContaining(told));
  });
});

const ofType = (...types: string[]) => named(shippedPanels.filter(({ panel }) => types.includes(panel.type)));

test.each(ofType('stat', 'bargauge'))('%s shows the last value', (_, panel) => {
  expect(panel.options).toMatchObject({ reduceOptions: { calcs: ['lastNotNull'], values: false } });
});

test.each(ofType('stat', 'table'))('%s tells no number from 0', (_, panel) => {
  expect(panel.fieldConfig?.defaults.mappings).toContainEqual(
    expect.objectContaining({ type: 'special', options: expect.objectContaining({ match: 'null+nan' }) }),
  );
});

test.each(ofType('stat', 'bargauge', 'table'))('%s does not show what was as if it were now', (_, panel) => {
  // A ratio or a quantile has holes; over time, the last number before the hole would stand there.
  for (const { expr, instant } of targetsOf(panel)) {
    if (/histogram_quantile|\//.test(expr)) expect(instant, expr).toBe(true);
  }
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

const withQuantiles = named(
  shippedPanels.filter(({ panel }) =>
    targetsOf(panel).some(({ expr, range }) => range === true && expr.includes('histogram_quantile')),
  ),
);

test.each(withQuantiles)('%s shows exemplars where they were recorded', (_, panel) => {
  const recordsExemplars = targetsOf(panel).some(({ expr }) => expr.includes('mcp_server_operation'));
  if (recordsExemplars) expect(targetsOf(panel).some(({ exemplar }) => exemplar === true)).toBe(true);
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
    for (const { expr } of targets.slice(0, 1)) expect(expr).toContain(column);
  }
  expect(propertiesOf(panel).filter(({ id }) => id === 'displayName')).toHaveLength(columns.length);
});

test('the colours of outcomes differ from each other and stand out from light and dark', () => {
  const colours = Object.values(OUTCOMES);
  expect(new Set(colours).size).toBe(3);
  for (const background of ['#181b1f', '#ffffff']) {
    for (const colour of colours) expect(contrast(colour, background), colour).toBeGreaterThan(3);
  }
});

/** As WCAG 2 counts it. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
