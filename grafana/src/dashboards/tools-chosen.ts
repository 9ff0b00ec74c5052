import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { alertLimits } from '../alert-limits.ts';
import { section } from '../layout.ts';
import { requestsThat } from '../outcome-matchers.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import {
  durationLinesWithThreshold,
  lines,
  logarithmic,
  outcomeBars,
  stackedBars,
} from '../panels/timeseries.ts';
import { bucket, max, rate, selectRecorded, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import { failed, ofTool } from '../requests.ts';
import { ABOUT_DURATIONS, ABOUT_QUANTILES } from '../wording.ts';

const { operations, serverOperationDuration: calls } = protocolCatalogue;
const HALF = [12, 8] as const;

const outcomes = outcomeBars(
  {
    id: 4,
    title: 'Calls by outcome',
    description: 'Ended calls by outcome.',
    unit: units.RequestsPerSecond,
    size: HALF,
    noValue: 'No calls',
  },
  (outcome) => sum(rate(series(operations, { ...ofTool, ...requestsThat((each) => each === outcome) }))),
);

const failedByType = stackedBars({
  id: 5,
  title: 'Failed calls by type',
  description:
    'tool_error: the tool reported an error. -32602: the client sent invalid arguments. Others: no response arrived.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No failure',
  queries: [
    overTime(sum(rate(series(operations, { ...ofTool, ...failed })), 'error_type'), '{{error_type}}'),
  ],
}).overrideByName('tool_error', [coloured(palette.failed)]);

const buckets = bucket(calls, ofTool);

const duration = durationLinesWithThreshold(
  {
    id: 6,
    title: 'Duration of calls',
    description: ABOUT_DURATIONS,
    size: HALF,
    noValue: 'No calls',
  },
  buckets,
);

const durationMap = durationHeatmap(
  {
    id: 7,
    title: 'Calls by duration',
    description: 'Distribution of durations over time. Two bands are two kinds of calls.',
    size: HALF,
    noValue: 'No calls',
  },
  buckets,
);

const recordedOf = (name: string) =>
  max(selectRecorded(name, { mcp_server_name: '=~"$server"', gen_ai_tool_name: '=~"$tool"' }));
const median = recordedOf(recorded.toolDurationMedian);
const deviations = `${alertLimits.anomalyDeviations} * ${recordedOf(recorded.toolDurationDeviation)}`;
const hidden = { id: 'custom.lineWidth', value: 0 };

const anomaly = lines({
  id: 9,
  title: 'p95 against the last day',
  description:
    'The band is the usual range of p95 during the last day: its median ± 4.45 median absolute deviations. ' +
    'McpToolLatencyAnomaly fires if p95 is above the band and above twice the median for ten minutes, and the mean rose by ' +
    `half. Select a single tool, because several tools are shown by their maximum. ${ABOUT_QUANTILES}`,
  unit: units.Seconds,
  size: [24, 8],
  noValue: 'Nothing recorded yet',
  queries: [
    overTime(recordedOf(recorded.toolDuration), 'p95'),
    overTime(`${median} + ${deviations}`, 'usual, at most'),
    overTime(`clamp_min(${median} - ${deviations}, 0.001)`, 'usual, at least'),
    overTime(median, 'median'),
  ],
})
  .scaleDistribution(logarithmic())
  .overrideByName('p95', [coloured(palette.neutral)])
  .overrideByName('usual, at most', [
    coloured(palette.second),
    hidden,
    { id: 'custom.fillBelowTo', value: 'usual, at least' },
    { id: 'custom.fillOpacity', value: 20 },
  ])
  .overrideByName('usual, at least', [coloured(palette.second), hidden])
  .overrideByName('median', [coloured(palette.second), { id: 'custom.lineWidth', value: 1 }]);

export const chosenToolSection = section(
  'Tool: $tool',
  outcomes,
  failedByType,
  duration,
  durationMap,
  anomaly,
);
