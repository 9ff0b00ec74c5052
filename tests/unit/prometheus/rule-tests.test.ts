import { describe, expect, test } from 'vitest';

import { alertRules, recordingRules, ruleFiles, ruleTestFiles } from '../../support/rule-files.ts';

describe.each(ruleTestFiles)('tests/$file', ({ rule_files: files, group_eval_order: order, tests }) => {
  test('each test file evaluates its rule groups in order', () => {
    const groups = files.flatMap((path) => {
      const found = ruleFiles.find(({ file }) => path === `../rules/${file}`);
      expect(found, path).toBeDefined();
      return found?.groups.map(({ name }) => name) ?? [];
    });
    expect(order).toEqual(groups);
  });

  // Of an alert that does not exist, promtool finds that it does not fire.
  test('expects something only of alerts and series that there are', () => {
    const alerts = new Set(alertRules.map(({ alert }) => alert));
    const expected = tests.flatMap(({ alert_rule_test }) => alert_rule_test ?? []);
    expect(expected.filter(({ alertname }) => !alerts.has(alertname))).toEqual([]);
    for (const { expr } of tests.flatMap(({ promql_expr_test }) => promql_expr_test ?? [])) {
      expect(
        recordingRules.some(({ record }) => expr.includes(record)),
        expr,
      ).toBe(true);
    }
  });
});

test.each(ruleFiles)('each file of rules/$file has tests of the same name', ({ file }) => {
  const tested = ruleTestFiles.find((tests) => tests.file === file);
  expect(tested?.rule_files).toContain(`../rules/${file}`);
});

test.each(recordingRules)('a test states the value of $record worked out by hand', ({ record }) => {
  const exprs = ruleTestFiles
    .flatMap(({ tests }) => tests.flatMap(({ promql_expr_test }) => promql_expr_test ?? []))
    .map(({ expr }) => expr);
  expect(exprs.filter((expr) => new RegExp(`${record}(?![\\w:])`).test(expr))).not.toEqual([]);
});
