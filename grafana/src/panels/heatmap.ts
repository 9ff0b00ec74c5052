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

/** A heatmap of durations. It shows several kinds of calls as separate bands, which quantiles cannot. */
export function durationHeatmap(spec: Omit<PanelSpec, 'queries' | 'unit'>, buckets: string): PanelBuilder {
  const queries = [heatmapRows(sum(increase(buckets, '$__rate_interval'), 'le'))];
  return specify(new PanelBuilder(), { ...spec, unit: Short, queries })
    .calculate(false)
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto).value('Count'))
    .color(
      // The lightness of Cividis grows evenly, so that it works for all kinds of color vision and in print.
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
