import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { DateTimeFromNow, NoUnit } from '@grafana/grafana-foundation-sdk/units';

import { alertsSince, SEVERITIES } from '../alerts.ts';
import { dashboardUrl, here, newTab, runbookUrl } from '../links.ts';
import { palette } from '../palette.ts';
import { tableRows } from '../query.ts';
import type { PanelSpec } from './panel-spec.ts';
import { linkCells, table, type Column } from './table.ts';

/** Colors of severities and states. */
const URGENCY = {
  critical: palette.bad,
  warning: palette.warning,
  info: palette.neutral,
  firing: palette.bad,
  pending: palette.warning,
};

/** Shows cells that have a value of `texts` as its text, in its color. */
function coloredTexts(texts: Readonly<Record<string, keyof typeof URGENCY>>): DynamicConfigValue[] {
  const options = Object.fromEntries(
    Object.entries(texts).map(([value, text], index) => [value, { text, color: URGENCY[text], index }]),
  );
  return [
    { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
    { id: 'custom.width', value: 110 },
    { id: 'mappings', value: [{ type: MappingType.ValueToText, options }] },
  ];
}

/** Shows the label `rank` as severity. */
const severity = coloredTexts(Object.fromEntries(SEVERITIES.map((name, index) => [String(index), name])));

/** Colors the state of an alert. */
export const alertState = coloredTexts({ firing: 'firing', pending: 'pending' });

/** Links to the alert's panel and runbook, from the rule's labels. */
const ALERT: DynamicConfigValue[] = [
  { id: 'custom.width', value: 300 },
  ...linkCells(
    here(
      '${__data.fields.alertname}',
      dashboardUrl('${__data.fields.dashboard}', {
        panel: '${__data.fields.panel}',
        variables: {
          job: '${__data.fields.job:percentencode}',
          server: '${__data.fields.of_server:percentencode}',
          operation: '${__data.fields.of_operation:percentencode}',
          tool: '${__data.fields.of_tool:percentencode}',
        },
      }),
    ),
    newTab('Runbook', runbookUrl('${__data.fields.alertname}')),
  ),
];

const SINCE: DynamicConfigValue[] = [
  { id: 'unit', value: DateTimeFromNow },
  { id: 'custom.width', value: 120 },
];

/** The property was renamed in Grafana 12.2. Each version ignores the other name. */
const HIDDEN: DynamicConfigValue[] = [
  { id: 'custom.hidden', value: true },
  { id: 'custom.hideFrom.viz', value: true },
];

/** A table with one row for each alert, the most urgent and newest first. `more` columns precede the subject. */
export function alertTable(
  spec: Omit<PanelSpec, 'queries' | 'unit'> & { readonly alerts: string },
  ...more: Column[]
): PanelBuilder {
  return table({ ...spec, unit: NoUnit, queries: [tableRows(alertsSince(spec.alerts))] }, [
    { field: 'rank', title: 'Severity', properties: severity },
    { field: 'alertname', title: 'Alert', properties: ALERT },
    { field: 'Value', title: 'Since', properties: SINCE },
    ...more,
    { field: 'what', title: 'Subject' },
    // Hidden fields for the links of the first column.
    ...['dashboard', 'panel', 'job', 'of_server', 'of_operation', 'of_tool'].map((field) => ({
      field,
      title: field,
      properties: HIDDEN,
    })),
  ]).sortBy([
    { build: () => ({ displayName: 'Severity', desc: false }) },
    { build: () => ({ displayName: 'Since', desc: true }) },
  ]);
}
