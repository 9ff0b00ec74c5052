import {
  LegendDisplayMode,
  LegendPlacement,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  GraphDrawStyle,
  StackingConfigBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { Seconds } from '@grafana/grafana-foundation-sdk/units';

import { OUTCOME_NAMES, type OperationOutcome } from '../../../src/monitor/outcomes.ts';
import { palette } from '../palette.ts';
import { quantile, rate } from '../promql.ts';
import { overTime } from '../query.ts';
import { slowThreshold } from '../requests.ts';
import { ABOUT_OUTCOMES } from '../wording.ts';
import { coloured, limitLine } from './field-properties.ts';
import { specify, type PanelSpec } from './panel-spec.ts';

/** Lines from 0 up. A name has the same color on every panel. */
export function lines(spec: PanelSpec): PanelBuilder {
  return specify(new PanelBuilder(), spec)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max'])
        .sortBy('Max')
        .sortDesc(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .min(0);
}

/** A logarithmic axis, for durations and sizes. On a linear axis, one large series flattens the others. */
export function logarithmic(base: 2 | 10 = 10): ScaleDistributionConfigBuilder {
  return new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(base);
}

/** Stacked bars, for parts of a whole. */
export function stackedBars(spec: PanelSpec): PanelBuilder {
  return lines(spec)
    .drawStyle(GraphDrawStyle.Bars)
    .lineWidth(0)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** Stacked bars of the outcomes. */
export function outcomeBars(
  { description, ...spec }: Omit<PanelSpec, 'queries'>,
  exprOf: (outcome: OperationOutcome) => string,
): PanelBuilder {
  const queries = OUTCOME_NAMES.map((outcome) => overTime(exprOf(outcome), outcome));
  const bars = stackedBars({ ...spec, description: `${description} ${ABOUT_OUTCOMES}`, queries });
  return colourOutcomes(bars, OUTCOME_NAMES);
}

/** Gives series that are named after outcomes the outcomes' colors. */
export function colourOutcomes(panel: PanelBuilder, outcomes: readonly OperationOutcome[]): PanelBuilder {
  for (const outcome of outcomes) panel.overrideByName(outcome, [coloured(palette[outcome])]);
  return panel;
}

/** Median, 95th and 99th percentile of a histogram with different strokes. Exemplars are single calls. */
export function durationLines(spec: Omit<PanelSpec, 'queries' | 'unit'>, buckets: string): PanelBuilder {
  const queries = [
    overTime(quantile(0.5, rate(buckets)), 'p50'),
    overTime(quantile(0.95, rate(buckets)), 'p95').exemplar(true),
    overTime(quantile(0.99, rate(buckets)), 'p99'),
  ];
  return lines({ ...spec, unit: Seconds, queries })
    .overrideByName('p50', [coloured(palette.second), { id: 'custom.lineWidth', value: 1 }])
    .overrideByName('p95', [coloured(palette.neutral)])
    .overrideByName('p99', [
      coloured(palette.third),
      { id: 'custom.lineStyle', value: { fill: 'dot', dash: [2, 6] } },
    ]);
}

/** {@link durationLines} with the slow threshold. */
export function durationLinesWithThreshold(
  spec: Omit<PanelSpec, 'queries' | 'unit'>,
  buckets: string,
): PanelBuilder {
  return durationLines(spec, buckets)
    .withTarget(overTime(slowThreshold, 'slow'))
    .overrideByName('slow', limitLine);
}
