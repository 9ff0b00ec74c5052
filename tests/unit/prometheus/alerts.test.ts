import { readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { knownSeries, seriesIn, sourcesOf } from '../../support/known-series.ts';
import { readRepositoryFile, repositoryPath } from '../../support/repository-file.ts';
import { alertRules, ruleTestFiles } from '../../support/rule-files.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly targets?: readonly { readonly expr?: string }[];
  /** Of a row that is folded. */
  readonly panels?: readonly Panel[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const dashboards = readdirSync(repositoryPath('grafana/dashboards')).map(
  (file) => JSON.parse(readRepositoryFile(`grafana/dashboards/${file}`)) as Dashboard,
);
const alerts = alertRules.map((rule) => {
  const title = [`${rule.file}:`, rule.alert, rule.labels['window']].join(' ').trimEnd();
  return { ...rule, title };
});

const LINK = /^\{\{ \$externalLabels\.grafana_url \}\}\/d\/([\w-]+)\?viewPanel=(\d+)&(.*)$/;

/** Where its link leads; undefined parts where it leads nowhere. */
function targetOf(dashboardUrl = '') {
  const [, uid, panelId, variables = ''] = LINK.exec(dashboardUrl) ?? [];
  const dashboard = dashboards.find((one) => one.uid === uid);
  const panels = dashboard?.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const panel = panels?.find(({ id, type }) => type !== 'row' && String(id) === panelId);
  return { uid, panelId, dashboard, panel, variables: variables.split('&') };
}

/** What a panel shows: each series that one of its queries names, and what that is made of. */
function shownBy(panel: Panel | undefined): Set<string> {
  const exprs = (panel?.targets ?? []).map(({ expr = '' }) => expr);
  const names = exprs.flatMap((expr) => expr.match(/[a-zA-Z_:][\w:]*/g) ?? []);
  return new Set(names.filter((name) => knownSeries.has(name)).flatMap((name) => [...sourcesOf(name)]));
}

describe.each(alerts)('$title', ({ alert, expr, labels, annotations }) => {
  const { summary = '', description = '', runbook_url, dashboard_url } = annotations;

  test('has a name with the product’s prefix, and a severity', () => {
    expect(alert).toMatch(/^Mcp([A-Z][a-z]+)+$/);
    expect(labels['severity']).toMatch(/^(critical|warning|info|none)$/);
  });

  test('says the same for all in its summary, and the particulars in its description', () => {
    expect(summary).toMatch(/^[A-Z]\w*(?: [^{}]+)+[^.]$/);
    expect(description).toContain('{{ $labels.');
    expect(description).toMatch(/\.$/);
    const values = [...description.matchAll(/\{\{([^}]*\$value[^}]*)\}\}/g)].map(([, text]) => text);
    for (const value of values) expect(value).toMatch(/^ \$value \| humanize(Percentage|Duration)? $/);
  });

  test('leads to its runbook', () => {
    expect(runbook_url).toBe(`{{ $externalLabels.exporter_url }}/runbooks#${alert}`);
  });

  test('leads to a dashboard and a panel that there are, with its job chosen', () => {
    const { uid, panelId, dashboard, panel, variables } = targetOf(dashboard_url);
    expect(dashboard, dashboard_url).toBeDefined();
    expect(panel, dashboard_url).toBeDefined();
    expect(labels['dashboard']).toBe(uid);
    // A table of alerts does not lead from one of its rows to itself.
    expect(labels['panel']).toBe(alert === 'McpWatchdog' ? undefined : panelId);

    expect(variables[0]).toBe('var-job={{ $labels.job | urlquery }}');
    const known = dashboard?.templating.list.map(({ name }) => name);
    for (const variable of variables) {
      const [, name] = /^var-(\w+)=\{\{ \$labels\.\w+ \| urlquery \}\}$/.exec(variable) ?? [];
      expect(known, variable).toContain(name);
    }
  });

  test('leads to a panel that shows what it is about', () => {
    const shown = shownBy(targetOf(dashboard_url).panel);
    // The first series is what it is about; the others say when.
    const [subject = 'ALERTS'] = seriesIn(expr);
    expect([...sourcesOf(subject)].filter((series) => shown.has(series))).not.toEqual([]);
  });

  test('is tested: it fires, and it stays silent', () => {
    const expected = ruleTestFiles
      .flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test ?? []))
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) =>
        exp_alerts.filter(({ exp_labels }) => exp_labels['window'] === labels['window']),
      );
    expect(expected.some((fired) => fired.length > 0)).toBe(true);
    // The watchdog is never silent.
    expect(expected.some((fired) => fired.length === 0)).toBe(alert !== 'McpWatchdog');
  });
});
