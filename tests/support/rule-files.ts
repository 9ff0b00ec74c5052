import { readdirSync } from 'node:fs';

import { metricsIn } from './known-metrics.ts';
import { readYaml, repositoryPath } from './repository-file.ts';

interface RuleOfFile {
  /** The rule file's name. */
  readonly file: string;
  readonly expr: string;
}

export interface AlertRule extends RuleOfFile {
  readonly alert: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RecordingRule extends RuleOfFile {
  readonly record: string;
}

interface RuleFile {
  readonly file: string;
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
  }[];
}

/** A file of promtool's unit tests. */
export interface RuleTestFile {
  readonly file: string;
  readonly rule_files: readonly string[];
  readonly group_eval_order: readonly string[];
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
    }[];
    readonly promql_expr_test?: readonly { readonly expr: string }[];
  }[];
}

function readFolder<T>(folder: string): (T & { file: string })[] {
  return readdirSync(repositoryPath(folder))
    .toSorted()
    .map((file) => ({ ...(readYaml(`${folder}/${file}`) as T), file }));
}

export const ruleFiles = readFolder<RuleFile>('prometheus/rules');
export const ruleTestFiles = readFolder<RuleTestFile>('prometheus/tests');

const rules = ruleFiles.flatMap(({ file, groups }) =>
  groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, file }))),
);
export const alertRules = rules.filter((rule) => 'alert' in rule);
export const recordingRules = rules.filter((rule) => 'record' in rule);

/** A series and all series that it is computed from, down to the scraped ones. */
export function sourcesOf(series: string): Set<string> {
  const made = recordingRules.filter(({ record }) => record === series);
  const sources = made.flatMap(({ expr }) => metricsIn(expr)).flatMap((source) => [...sourcesOf(source)]);
  return new Set([series, ...sources]);
}
