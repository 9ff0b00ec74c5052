import { TableCellDisplayMode, TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';

import { linked, type DataLink } from '../links.ts';
import { noNumberIs } from './field-properties.ts';
import { refIdOf } from '../query.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

/** A table column: a field (a label or `Value #A`), its title and its cells' properties. */
export interface Column {
  readonly field: string;
  readonly title: string;
  readonly properties?: readonly DynamicConfigValue[];
}

/** The field with the values of the query at `index`. */
export function valueField(index: number): string {
  return `Value #${refIdOf(index)}`;
}

/** A table with one row for each series. Only the given columns are shown, in this order. */
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
    panel.overrideByName(field, [
      { id: 'displayName', value: title },
      // Otherwise, a missing label shows the text of an empty table.
      { id: 'noValue', value: '–' },
      ...properties,
    ]);
  }
  return panel;
}

/** The width of a number, which leaves more for names. */
export const narrow: DynamicConfigValue = { id: 'custom.width', value: 105 };

/** Makes cells links. The first link is the cell's text. */
export function linkCells(...links: DataLink[]): DynamicConfigValue[] {
  return [linked(...links), { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.DataLinks } }];
}

/** Shows numbers from 0 to 1 with bars. */
export const barCells: DynamicConfigValue[] = [
  {
    id: 'custom.cellOptions',
    value: { type: TableCellDisplayMode.Gauge, mode: 'basic', valueDisplayMode: 'text' },
  },
  { id: 'min', value: 0 },
  { id: 'max', value: 1 },
];

/** Colors numbers above 0. */
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
