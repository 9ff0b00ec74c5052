import { describe, expect, test } from 'vitest';

import { describeSettings } from '../../../src/settings/settings.ts';
import { metricsIn, originOf } from '../../support/known-metrics.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';
import { alertRules, ruleTestFiles } from '../../support/rule-files.ts';
import { shippedDashboards } from '../../support/shipped-dashboards.ts';

const [, ...sections] = readRepositoryFile('docs/runbooks.md').split(/^## /m);
const runbooks = sections.map((section) => {
  const [alert = '', ...lines] = section.split('\n');
  return { alert, text: lines.join('\n') };
});

const panelTitles = new Map(
  shippedDashboards.map(({ json, panels }) => [json.title ?? '', panels.map(({ title }) => title)]),
);

/** What Prometheus counts of its own work, where no dashboard of ours looks. */
const OF_PROMETHEUS = /^prometheus_notifications_/;

test('each alert has a runbook, each runbook is an alert’s, and the most urgent come first', () => {
  const names = runbooks.map(({ alert }) => alert);
  expect(names.toSorted()).toEqual([...new Set(alertRules.map(({ alert }) => alert))].toSorted());
  const urgency = ['critical', 'warning', 'info', 'none'];
  const severities = names.map((name) => alertRules.find(({ alert }) => alert === name)?.labels['severity']);
  const order = severities.map((severity = '') => urgency.indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

describe.each(runbooks)('docs/runbooks.md: $alert', ({ alert, text }) => {
  test('states the severity, the impact, three steps of diagnosis, and how to silence the alert', () => {
    for (const { labels } of alertRules.filter((rule) => rule.alert === alert)) {
      expect(text).toMatch(new RegExp(`\\*\\*${labels['severity']}\\.?\\*\\*`));
    }
    expect(text).toContain('**Impact:**');
    expect(text.split('**Diagnosis:**')[1]?.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ']);
    expect(text).toContain('**Silence:**');
  });

  test('silences this alert, by labels that it has', () => {
    const commands = [...text.matchAll(/silence add \\\n +(.*?) \\\n/g)].map(([, matchers = '']) => matchers);
    // Whoever silences the watchdog hears nothing, and does not know it.
    expect(commands).toHaveLength(alert === 'McpWatchdog' ? 0 : 1);
    const labels = ruleTestFiles
      .flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test ?? []))
      .find(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0)
      ?.exp_alerts[0]?.exp_labels;
    for (const command of commands) {
      const [name, ...others] = command.split(' ');
      expect(name).toBe(`alertname=${alert}`);
      for (const matcher of others) expect(labels).toHaveProperty(matcher.split('=')[0] ?? '');
    }
  });

  test('names dashboards, and panels of the dashboard that it named last', () => {
    let panels: readonly string[] = [];
    for (const [, title = ''] of text.matchAll(/(?<![\w`])_([^_`]+)_(?![\w`])/g)) {
      const name = title.replaceAll(/\s+/g, ' ');
      const ofDashboard = panelTitles.get(name);
      if (ofDashboard) panels = ofDashboard;
      else expect(panels, name).toContain(name);
    }
  });

  test('asks only for series that there are', () => {
    for (const [, expr = ''] of text.matchAll(/```promql\n([^`]*)```/g)) {
      const unknown = metricsIn(expr.trim()).filter((series) => originOf(series) === undefined);
      expect(unknown.filter((series) => !OF_PROMETHEUS.test(series))).toEqual([]);
    }
  });

  test('names only settings that there are', () => {
    const settings = new Set(describeSettings().map(({ name }) => name));
    const named = text.match(/\b(?:[A-Z]+_){2,}[A-Z]+\b/g) ?? [];
    expect(named.filter((name) => !settings.has(name))).toEqual([]);
  });
});

test.each([
  ['a part of the exporter failed', 'src/exporter/exporter-core.ts'],
  ['feed client closed: too slow', 'src/feed/feed-broadcast.ts'],
  ['MCP server unreachable', 'src/exporter/proxy-mcp.ts'],
  ['hub refuses reports', 'src/relay/hub-reporter.ts'],
  ['hub unreachable, buffering events', 'src/relay/hub-reporter.ts'],
  ['hub rejected a report as invalid, dropping its events', 'src/relay/hub-reporter.ts'],
  ['a pipeline tool failed unexpectedly', 'src/pipeline/pipeline-server.ts'],
])('the log line “%s” of the runbooks is in %s', (line, file) => {
  expect(readRepositoryFile('docs/runbooks.md').replaceAll(/\s+/g, ' ')).toContain(`\`${line}\``);
  expect(readRepositoryFile(file)).toContain(`'${line}'`);
});
