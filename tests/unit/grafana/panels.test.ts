import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';

import { isOutcome, OUTCOMES } from '../../../src/monitor/outcomes.ts';
import { namedPanels, overridesOf, propertiesOf, targetsOf } from '../../support/shipped-dashboards.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

describe.each(namedPanels())('%s', (_, panel) => {
  const targets = targetsOf(panel);
  const names = targets.map(({ refId }) => refId);

  test('each panel has a title and a description', () => {
    expect(panel.title.length).toBeGreaterThan(2);
    expect(panel.description?.length).toBeGreaterThan(25);
  });

  test('each panel has a unit', () => {
    const { unit } = panel.fieldConfig?.defaults ?? {};
    const overridden = propertiesOf(panel).filter(({ id }) => id === 'unit');
    for (const used of [unit, ...overridden.map(({ value }): unknown => value)]) {
      expect(Object.values<unknown>(units)).toContain(used);
    }
  });

  test('each panel has its own text for an empty result', () => {
    expect(panel.fieldConfig?.defaults.noValue).toMatch(/\w/);
  });

  test('each panel queries the chosen data source with named queries', () => {
    expect(panel.datasource).toEqual(DATASOURCE);
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    for (const { refId, datasource } of targets) {
      expect(refId).toMatch(/\w/);
      expect(datasource, refId).toEqual(DATASOURCE);
    }
  });

  test('each panel takes thresholds from queries that it has', () => {
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

  test('each panel styles only series that it has', () => {
    const legends = targets.map(({ legendFormat = '' }) => legendFormat);
    for (const { matcher } of overridesOf(panel)) {
      if (matcher.id !== 'byName' || panel.type === 'table') continue;
      const name = String(matcher.options);
      const isMade = legends.some((legend) => legend === name || /\{\{\w+\}\}/.test(legend));
      expect(isMade, `an override for “${name}”`).toBe(true);
    }
  });

  test('each panel draws outcomes in their colours', () => {
    for (const { matcher, properties } of overridesOf(panel)) {
      const outcome = String(matcher.options);
      if (!isOutcome(outcome)) continue;
      const colour = OUTCOMES[outcome].color;
      expect(properties).toContainEqual({ id: 'color', value: { mode: 'fixed', fixedColor: colour } });
    }
    const drawn = overridesOf(panel).map(({ matcher }) => matcher.options);
    const told = targets.map(({ legendFormat = '' }) => legendFormat).filter(isOutcome);
    expect(drawn).toEqual(expect.arrayContaining(told));
  });
});
