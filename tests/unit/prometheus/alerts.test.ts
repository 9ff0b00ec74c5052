import { describe, expect, test } from 'vitest';

import { metricsIn, originOf } from '../../support/known-metrics.ts';
import { alertRules, ruleTestFiles, sourcesOf } from '../../support/rule-files.ts';
import { shippedDashboards, targetsOf, type ShippedPanel } from '../../support/shipped-dashboards.ts';

const alerts = alertRules.map((rule) => {
  const title = [`${rule.file}:`, rule.alert, rule.labels['window']].join(' ').trimEnd();
  return { ...rule, title };
});

/** Nothing at all where the external label is not set: a link without a host leads nowhere. */
const LINK =
  /^\{\{ with \$externalLabels\.grafana_url \}\}\{\{ \. \}\}\/d\/([\w-]+)\?(?:viewPanel=(\d+)&)?(.*)\{\{ end \}\}$/;

const LIVE_LINK = /^\{\{ with \$externalLabels\.exporter_url \}\}\{\{ \. \}\}\/\?(.*)\{\{ end \}\}$/;

/** It always fires: the panels of alerts leave it out, and no panel is about it. */
const WATCHDOG = 'McpWatchdog';

/** Where its link leads; undefined parts where it leads nowhere. */
function placeOf(dashboardUrl = '') {
  const [, uid, panelId, variables = ''] = LINK.exec(dashboardUrl) ?? [];
  const dashboard = shippedDashboards.find((one) => one.uid === uid);
  const panel = dashboard?.panels.find(({ id }) => String(id) === panelId);
  return { uid, panelId, dashboard, panel, variables: variables.split('&') };
}

/** What a panel shows: each series that one of its queries names, and what that is made of. */
function shownBy(panel: ShippedPanel | undefined): Set<string> {
  const exprs = panel ? targetsOf(panel).map(({ expr }) => expr) : [];
  const names = exprs.flatMap((expr) => expr.match(/[a-zA-Z_:][\w:]*/g) ?? []);
  const series = names.filter((name) => originOf(name) !== undefined);
  return new Set(series.flatMap((name) => [...sourcesOf(name)]));
}

describe.each(alerts)('$title', ({ alert, expr, labels, annotations }) => {
  const { summary = '', description = '', runbook_url, dashboard_url, live_url } = annotations;

  test('each alert has a name with the product’s prefix and a severity', () => {
    expect(alert).toMatch(/^Mcp([A-Z][a-z]+)+$/);
    expect(labels['severity']).toMatch(/^(critical|warning|info|none)$/);
  });

  test('each alert keeps its summary constant and its facts in the description', () => {
    expect(summary).toMatch(/^[A-Z]\w*(?: [^{}]+)+[^.]$/);
    expect(description).toContain('{{ $labels.');
    expect(description).toMatch(/\.(\{\{ end \}\})?$/);
    const values = [...description.matchAll(/\{\{([^}]*\$value[^}]*)\}\}/g)].map(([, text]) => text);
    for (const value of values) expect(value).toMatch(/^ \$value \| humanize(Percentage|Duration)? $/);
  });

  test('each query in a description asks only for existing series of its own labels', () => {
    for (const [, query = '', labels = ''] of description.matchAll(
      /printf `([^`]+)`((?: \$labels\.\w+)+)/g,
    )) {
      const series = metricsIn(query.replaceAll('%q', '"x"'));
      expect(series.filter((one) => originOf(one) === undefined)).toEqual([]);
      const asked = [...query.matchAll(/(\w+)=%q/g)].map(([, label]) => label);
      expect(labels.trim().split(' ')).toEqual(asked.map((label) => `$labels.${label}`));
    }
  });

  test('each alert links to its runbook', () => {
    expect(runbook_url).toBe(`{{ with $externalLabels.exporter_url }}{{ . }}/runbooks#${alert}{{ end }}`);
  });

  test('each alert of a server or an operation links to its calls on the live page', () => {
    expect(live_url !== undefined).toBe(description.includes('$labels.mcp_server_name'));
    if (live_url === undefined) return;
    const [, query = ''] = LIVE_LINK.exec(live_url) ?? [];
    const names = [...query.matchAll(/(?:^|&)(\w+)=/g)].map(([, name]) => name);
    expect(names).toContain('server');
    const isOfTool = /\$labels\.(operation|gen_ai_tool_name)/.test(description);
    expect(names.includes('name')).toBe(isOfTool);
  });

  test('each alert links to an existing panel with its job selected', () => {
    const { uid, panelId, dashboard, panel, variables } = placeOf(dashboard_url);
    expect(dashboard, dashboard_url).toBeDefined();
    expect(panel !== undefined, dashboard_url).toBe(alert !== WATCHDOG);
    expect(labels['dashboard']).toBe(uid);
    expect(labels['panel']).toBe(panelId);

    expect(variables[0]).toBe('var-job={{ $labels.job | urlquery }}');
    const known = dashboard?.json.templating.list?.map(({ name }) => name);
    for (const variable of variables) {
      const [, name] = /^var-(\w+)=\{\{ \$labels\.\w+ \| urlquery \}\}$/.exec(variable) ?? [];
      expect(known, variable).toContain(name);
    }
  });

  test('each alert links to a panel that shows its metric', () => {
    if (alert === WATCHDOG) return expect(placeOf(dashboard_url).panel).toBeUndefined();
    const shown = shownBy(placeOf(dashboard_url).panel);
    // The first series is what it is about; the others say when.
    const [subject = ''] = metricsIn(expr);
    expect([...sourcesOf(subject)].filter((series) => shown.has(series))).not.toEqual([]);
  });

  test('each alert has tests in which it fires and stays silent', () => {
    const expected = ruleTestFiles
      .flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test ?? []))
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) =>
        exp_alerts.filter(({ exp_labels }) => exp_labels['window'] === labels['window']),
      );
    expect(expected.some((fired) => fired.length > 0)).toBe(true);
    // The watchdog is never silent.
    expect(expected.some((fired) => fired.length === 0)).toBe(alert !== WATCHDOG);
  });
});
