import {
  DashboardCursorSync,
  DashboardLinkType,
  VariableType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';

import { variablesIn } from '../../support/grafana-queries.ts';
import { alertRules } from '../../support/rule-files.ts';
import { shippedDashboards } from '../../support/shipped-dashboards.ts';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

test('no two dashboards have the same uid, and a file is named by it', () => {
  expect(new Set(shippedDashboards.map(({ uid }) => uid)).size).toBe(shippedDashboards.length);
  for (const { uid, fileName } of shippedDashboards) expect(fileName).toBe(`${uid}.json`);
});

const byUid = shippedDashboards.map((dashboard) => [dashboard.uid, dashboard] as const);

describe.each(byUid)('%s', (_, { json, panels }) => {
  const variables = json.templating.list ?? [];
  const variable = (name: string) => variables.find((one) => one.name === name);

  test('has a data source variable named datasource', () => {
    expect(variable('datasource')).toMatchObject({
      type: 'datasource',
      query: 'prometheus',
      label: 'Data source',
    });
  });

  test.each([
    ['job', 'Job'],
    ['instance', 'Instance'],
  ])('has a variable %s for one, several or all of what there is', (name, label) => {
    expect(variable(name)).toMatchObject({
      label,
      type: 'query',
      datasource: DATASOURCE,
      multi: true,
      includeAll: true,
      allValue: '.+',
      refresh: 2,
    });
  });

  test('asks the chosen data source for the values of its variables', () => {
    for (const { type, name, datasource, query, definition } of variables) {
      if (type !== VariableType.Query) continue;
      expect(datasource, name).toEqual(DATASOURCE);
      expect(query, name).toMatchObject({ query: definition });
    }
  });

  test('uses the variables that it declares, and no others', () => {
    const { templating, ...rest } = json;
    const queries = (templating.list ?? []).map(({ definition = '' }) => definition);
    const builtIn = /^__/;
    const used = [...variablesIn(JSON.stringify(rest)), ...queries.flatMap(variablesIn)];
    const own = new Set(used.filter((name) => !builtIn.test(name)));
    expect([...own].toSorted()).toEqual(variables.map(({ name }) => name).toSorted());
  });

  test('keeps the address of the live page out of its own address, for links must not lead where a sender wants', () => {
    expect(variable('page')).toMatchObject({ hide: 2, skipUrlSync: true });
  });

  test('cannot be edited, as the files are the truth', () => {
    expect(json.editable).toBe(false);
  });

  test('refreshes every 30 seconds, in the time of the reader, with one crosshair for all panels', () => {
    const { refresh, timezone, graphTooltip } = json;
    expect({ refresh, timezone, graphTooltip }).toEqual({
      refresh: '30s',
      timezone: 'browser',
      graphTooltip: DashboardCursorSync.Crosshair,
    });
  });

  test('is of the classic schema that Grafana 12 and 13 both know', () => {
    expect(json.schemaVersion).toBe(41);
    expect(json).not.toHaveProperty('elements');
  });

  test('says what it is for', () => {
    expect(json.title).toMatch(/^MCP /);
    expect(json.description?.length).toBeGreaterThan(30);
  });

  test('is linked to the others by their tag, with its variables and time', () => {
    expect(json.tags).toContain('mcp-exporter');
    expect(json.links).toContainEqual(
      expect.objectContaining({
        type: DashboardLinkType.Dashboards,
        tags: ['mcp-exporter'],
        includeVars: true,
        keepTime: true,
      }),
    );
  });

  test('marks the starts of alerts and restarts, and not their duration', () => {
    const annotations = json.annotations.list ?? [];
    expect(annotations.map(({ name, enable }) => [name, enable])).toEqual([
      ['Alerts', true],
      ['Restarts', true],
    ]);
    for (const { name, target } of annotations) {
      const { expr = '' } = target as { expr?: string };
      expect(expr, name).toMatch(/ unless .* offset \$__interval/);
    }
    for (const { datasource } of annotations) expect(datasource).toEqual(DATASOURCE);
  });

  test('comes from no export: no inputs, no data source of somebody else’s, nothing hidden in a menu', () => {
    const text = JSON.stringify(json);
    expect(text).not.toMatch(/__inputs|__requires|\$\{DS_|inControlsMenu/);
    expect(json).not.toHaveProperty('id');
  });

  test('has panels numbered from 1, each number once', () => {
    const rows = (json.panels ?? []).filter(({ type }) => type === 'row');
    const all = [...rows, ...panels].map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    const ids = panels.map(({ id }) => id).toSorted((one, other) => one - other);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  test('collapses no row with a panel that an alert links to', () => {
    const open = (json.panels ?? []).map(({ id }) => id);
    const linked = alertRules
      .filter(({ labels }) => labels['dashboard'] === json.uid && labels['panel'] !== undefined)
      .map(({ labels }) => Number(labels['panel']));
    expect(open).toEqual(expect.arrayContaining(linked));
  });

  test('has its panels side by side within 24 columns, none over another', () => {
    const taken = new Map<string, string>();
    // A collapsed row takes one line. Its panels take the lines below it once it is open.
    const outside = json.panels ?? [];
    for (const { title = '', gridPos = { x: 0, y: 0, w: 0, h: 0 } } of outside) {
      const { x, y, w, h } = gridPos;
      expect(w * h, title).toBeGreaterThan(0);
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          const cell = `${column},${row}`;
          expect(taken.get(cell), `“${title}” stands over another at ${cell}`).toBeUndefined();
          taken.set(cell, title);
        }
      }
    }
  });
});
