import { VariableType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

import { shippedDashboards, shippedPanels, targetsOf, type ShippedDashboard } from './shipped-dashboards.ts';

/** One query that Grafana sends to Prometheus for a dashboard. */
export interface GrafanaQuery {
  /** Dashboard uid; panel title and number, variable or annotation; refId. */
  readonly name: string;
  readonly dashboard: string;
  /** Undefined for a variable or an annotation. */
  readonly panelId: number | undefined;
  readonly refId: string;
  /** `labels`: the values that `label` has in the series of the selector `expr`. */
  readonly kind: 'range' | 'instant' | 'labels';
  /** The expression, with Grafana's variables. */
  readonly expr: string;
  readonly label: string | undefined;
}

/** All queries of all dashboards, from panels, variables and annotations. */
export const grafanaQueries: readonly GrafanaQuery[] = [
  ...shippedPanels.flatMap(({ name, dashboard, panel }) =>
    targetsOf(panel).map((target) => queryOf(`${name} ${target.refId}`, dashboard, target, panel.id)),
  ),
  ...shippedDashboards.flatMap((dashboard) => [
    ...(dashboard.json.annotations.list ?? []).map(({ name, target }) =>
      queryOf(`${dashboard.uid}: annotation “${name}”`, dashboard, target as Dataquery, undefined),
    ),
    ...variableQueries(dashboard),
  ]),
];

/** The values of Grafana's variables if everything is selected. */
const everything: Readonly<Record<string, string>> = {
  __interval: '15s',
  __rate_interval: '1m',
  __range: '1h',
  datasource: 'prometheus',
  job: '.+',
  instance: '.+',
  server: '.+',
  tool: '.+',
  operation: '.+',
};

/** The values of Grafana's variables on `dashboard` if everything is selected. */
export function everythingOf(uid: string): Readonly<Record<string, string>> {
  const { json } = shippedDashboards.find((dashboard) => dashboard.uid === uid) ?? {};
  const all = (json?.templating.list ?? []).flatMap(({ name, allValue }) =>
    typeof allValue === 'string' ? [[name, allValue]] : [],
  );
  return { ...everything, ...Object.fromEntries(all) };
}

const VARIABLE = /\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\]/g;

/**
 * Replaces Grafana's variables in `text`.
 *
 * @throws Error for a variable that has no value
 */
export function substitute(text: string, values: Readonly<Record<string, string>> = everything): string {
  return text.replaceAll(VARIABLE, (written, plain, braced, bracketed) => {
    const value = values[String(plain ?? braced ?? bracketed)];
    if (value === undefined) throw new Error(`no value for the variable ${written} in ${text}`);
    return value;
  });
}

/** The names of the variables in `text`, including Grafana's own (`__range`). */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(
    ([, plain, braced, bracketed]) => plain ?? braced ?? bracketed ?? '',
  );
}

function queryOf(
  name: string,
  { uid }: ShippedDashboard,
  { expr, instant = false, refId = '' }: Dataquery,
  panelId: number | undefined,
): GrafanaQuery {
  const kind = instant ? 'instant' : 'range';
  return { name, dashboard: uid, panelId, refId, kind, expr, label: undefined };
}

function variableQueries({ uid, json }: ShippedDashboard): GrafanaQuery[] {
  const asked = (json.templating.list ?? []).filter(({ type }) => type === VariableType.Query);
  return asked.map(({ name, definition = '' }) => {
    const [, expr = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    return {
      name: `${uid}: variable ${name}`,
      dashboard: uid,
      panelId: undefined,
      refId: '',
      kind: 'labels',
      expr,
      label,
    };
  });
}
