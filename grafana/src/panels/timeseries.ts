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
  GraphThresholdsStyleMode,
  StackingConfigBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  OpsPerSecond,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

import { OUTCOME_NAMES, type OperationOutcome } from '../../../src/monitor/outcomes.ts';
import { palette } from '../palette.ts';
import { quantile, rate } from '../promql.ts';
import { overTime } from '../query.ts';
import { slowThreshold } from '../requests.ts';
import { ABOUT_OUTCOMES } from '../wording.ts';
import { coloured, limitLine } from './field-properties.ts';
import { specify, type PanelSpec } from './panel-spec.ts';
import { steps } from './stat.ts';

/** Smallest maximum of an axis, by unit. Without it, the axis of values that are all 0 ends at 100. */
const LEAST_MAXIMUM: Readonly<Record<string, number>> = {
  [Short]: 5,
  [Seconds]: 0.01,
  [PercentUnit]: 0.01,
  [RequestsPerSecond]: 0.1,
  [OpsPerSecond]: 0.1,
};

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
    .min(0)
    .axisSoftMax(LEAST_MAXIMUM[spec.unit] ?? 1);
}

/** A logarithmic axis, for durations and sizes. On a linear axis, one large series flattens the others. */
export function logarithmic(base: 2 | 10 = 10): ScaleDistributionConfigBuilder {
  return new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(base);
}

/** Dashed lines at fixed limits. Unlike a series, they do not stretch the axis while the values are far below. */
export function withLimits(panel: PanelBuilder, limits: readonly number[]): PanelBuilder {
  return panel
    .thresholdsStyle({ build: () => ({ mode: GraphThresholdsStyleMode.Dashed }) })
    .thresholds(steps('transparent', ...limits.map((limit): [number, string] => [limit, palette.limit])));
}

/** A limit at the times when a value is above a quarter of it, so that it does not stretch the axis at other times. */
export function nearLimit(limit: string, values: string): string {
  return `${limit} and on () max(${values}) > ${limit} / 4`;
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
    .scaleDistribution(logarithmic())
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
