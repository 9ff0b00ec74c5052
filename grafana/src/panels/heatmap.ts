import {
  HeatmapCellLayout,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  PanelBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { Seconds, Short } from '@grafana/grafana-foundation-sdk/units';

import { increase, sum } from '../promql.ts';
import { heatmapRows } from '../query.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

/** How many durations fell into which bucket, and when: two humps are two kinds of calls, which no quantile tells. */
export function durationHeatmap(spec: Omit<PanelSpec, 'queries' | 'unit'>, buckets: string): PanelBuilder {
  const queries = [heatmapRows(sum(increase(buckets, '$__rate_interval'), 'le'))];
  return specify(new PanelBuilder(), { ...spec, unit: Short, queries })
    .calculate(false)
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto).value('Count'))
    .color(
      // Its lightness grows evenly: it reads with every kind of colour vision, and in print.
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Cividis')
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new YAxisConfigBuilder().unit(Seconds).decimals(0))
    .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .showValue(VisibilityMode.Never);
}
