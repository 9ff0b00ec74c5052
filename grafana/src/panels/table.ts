import { TableCellDisplayMode, TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';

import { linked, type DataLink } from '../links.ts';
import { noNumberIs } from './field-properties.ts';
import { refIdOf } from '../query.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

/** A column: the field that it shows (a label, or `Value #A`), its head, and how its cells look. */
export interface Column {
  readonly field: string;
  readonly title: string;
  readonly properties?: readonly DynamicConfigValue[];
}

/** The field that has the values of a query, by the query's place among all. */
export function valueField(index: number): string {
  return `Value #${refIdOf(index)}`;
}

/** One row per series, with the columns in this order; fields that are not named are not shown. */
export function table(spec: PanelSpec, columns: readonly Column[]): PanelBuilder {
  const panel = specify(new PanelBuilder(), spec)
    .cellHeight(TableCellHeight.Sm)
    .mappings([noNumberIs('–')])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: columns.map(({ field }) => field) } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
        excludeByName: {},
        renameByName: {},
      },
    });
  for (const { field, title, properties = [] } of columns) {
    panel.overrideByName(field, [{ id: 'displayName', value: title }, ...properties]);
  }
  return panel;
}

/** Cells that are links, each a click: the first says what the row is about. */
export function linkCells(...links: DataLink[]): DynamicConfigValue[] {
  return [linked(...links), { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.DataLinks } }];
}

/** Cells with a bar behind the number, from 0 to 1. */
export const barCells: DynamicConfigValue[] = [
  {
    id: 'custom.cellOptions',
    value: { type: TableCellDisplayMode.Gauge, mode: 'basic', valueDisplayMode: 'text' },
  },
  { id: 'min', value: 0 },
  { id: 'max', value: 1 },
];

/** Cells that take on `colour` as soon as the number is above 0. */
export function colouredAboveZero(colour: string): DynamicConfigValue[] {
  return [
    { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
    { id: 'color', value: { mode: 'thresholds' } },
    {
      id: 'thresholds',
      value: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'text' },
          { value: 1e-9, color: colour },
        ],
      },
    },
  ];
}
