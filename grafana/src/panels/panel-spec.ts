import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { GridPos } from '@grafana/grafana-foundation-sdk/dashboard';

import { DATASOURCE } from '../query.ts';

/** What every panel says of itself. */
export interface PanelSpec {
  /** For good: alerts and bookmarks link to it. */
  readonly id: number;
  readonly title: string;
  /** What is counted, what is good or bad, and what to do about it. */
  readonly description: string;
  readonly unit: string;
  /** Columns of 24, and rows. */
  readonly size: readonly [width: number, height: number];
  /** What stands there where there is nothing to show: that may be good news. */
  readonly noValue: string;
  readonly queries: readonly Builder<Dataquery>[];
}

/** What the builders of all kinds of panels share. */
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

/** Applies `spec`. Where the panel stands is the layout's to say. */
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
