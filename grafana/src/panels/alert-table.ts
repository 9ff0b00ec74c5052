import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { DateTimeFromNow, NoUnit } from '@grafana/grafana-foundation-sdk/units';

import { alertsSince } from '../alerts.ts';
import { dashboardUrl, here, newTab, runbookUrl } from '../links.ts';
import { palette } from '../palette.ts';
import { tableRows } from '../query.ts';
import type { PanelSpec } from './panel-spec.ts';
import { linkCells, table, type Column } from './table.ts';

/** Colors texts by severity or state. */
export const urgency: DynamicConfigValue[] = [
  { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
  { id: 'custom.width', value: 90 },
  {
    id: 'mappings',
    value: [
      {
        type: MappingType.ValueToText,
        options: {
          critical: { color: palette.bad, index: 0 },
          firing: { color: palette.bad, index: 1 },
          warning: { color: palette.warning, index: 2 },
          pending: { color: palette.warning, index: 3 },
          info: { color: palette.neutral, index: 4 },
        },
      },
    ],
  },
];

/** Links to the alert's panel and runbook, from the rule's labels. */
const ALERT: DynamicConfigValue[] = linkCells(
  here(
    '${__data.fields.alertname}',
    dashboardUrl('${__data.fields.dashboard}', {
      panel: '${__data.fields.panel}',
      variables: { job: '${__data.fields.job:percentencode}' },
    }),
  ),
  newTab('Runbook', runbookUrl('${__data.fields.alertname}')),
);

const SINCE: DynamicConfigValue[] = [
  { id: 'unit', value: DateTimeFromNow },
  { id: 'custom.width', value: 120 },
];

/** The property was renamed in Grafana 12.2. Each version ignores the other name. */
const HIDDEN: DynamicConfigValue[] = [
  { id: 'custom.hidden', value: true },
  { id: 'custom.hideFrom.viz', value: true },
];

/** A table with one row for each alert. `more` columns precede the subject. */
export function alertTable(
  spec: Omit<PanelSpec, 'queries' | 'unit'> & { readonly alerts: string },
  ...more: Column[]
): PanelBuilder {
  return table({ ...spec, unit: NoUnit, queries: [tableRows(alertsSince(spec.alerts))] }, [
    { field: 'alertname', title: 'Alert', properties: ALERT },
    { field: 'severity', title: 'Severity', properties: urgency },
    { field: 'Value', title: 'Since', properties: SINCE },
    ...more,
    { field: 'what', title: 'Subject' },
    // Hidden fields for the links of the first column.
    ...['dashboard', 'panel', 'job'].map((field) => ({ field, title: field, properties: HIDDEN })),
  ]);
}
