import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';

import { palette } from '../../../grafana/src/palette.ts';
import { namedPanels, overridesOf, propertiesOf, targetsOf } from '../../support/shipped-dashboards.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const OUTCOMES: Record<string, string> = {
  completed: palette.completed,
  failed: palette.failed,
  cancelled: palette.cancelled,
};

describe.each(namedPanels())('%s', (_, panel) => {
  const targets = targetsOf(panel);
  const names = targets.map(({ refId }) => refId);

  test('has a title and says what it shows', () => {
    expect(panel.title.length).toBeGreaterThan(2);
    expect(panel.description?.length).toBeGreaterThan(25);
  });

  test('has a unit, whatever kind of panel it is', () => {
    const { unit } = panel.fieldConfig?.defaults ?? {};
    const overridden = propertiesOf(panel).filter(({ id }) => id === 'unit');
    for (const used of [unit, ...overridden.map(({ value }): unknown => value)]) {
      expect(Object.values<unknown>(units)).toContain(used);
    }
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
