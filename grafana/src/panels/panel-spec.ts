import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { GridPos } from '@grafana/grafana-foundation-sdk/dashboard';

import { DATASOURCE } from '../query.ts';

/** The common properties of all panels. */
export interface PanelSpec {
  /** Must never change, because alerts and bookmarks link to it. */
  readonly id: number;
  readonly title: string;
  /** The meaning of the numbers, and what to do about bad ones. */
  readonly description: string;
  readonly unit: string;
  /** Width in columns (of 24) and height in rows. */
  readonly size: readonly [width: number, height: number];
  /** Shown if there is no data, which may be good news. */
  readonly noValue: string;
  readonly queries: readonly Builder<Dataquery>[];
}

/** The common methods of all panel builders. */
interface PanelBuilder {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: DataSourceRef): this;
  gridPos(gridPos: GridPos): this;
  unit(unit: string): this;
  noValue(noValue: string): this;
  targets(targets: Builder<Dataquery>[]): this;
}

/** Applies `spec`. The layout sets the position. */
export function specify<Panel extends PanelBuilder>(panel: Panel, spec: PanelSpec): Panel {
  const [w, h] = spec.size;
  return panel
    .id(spec.id)
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .gridPos({ x: 0, y: 0, w, h })
    .unit(spec.unit)
    .noValue(spec.noValue)
    .targets([...spec.queries]);
}
