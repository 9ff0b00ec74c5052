import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { alertLimits } from '../alert-limits.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { here, linked, livePageUrl, newTab, toolUrl } from '../links.ts';
import { palette } from '../palette.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitFromQuery, limitLine } from '../panels/field-properties.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import { barCells, colouredAboveZero, linkCells, table } from '../panels/table.ts';
import { shareHistory } from '../panels/timeline.ts';
import { lines, outcomeBars, quantileLines, stackedBars } from '../panels/timeseries.ts';
import {
  bucket,
  count,
  increase,
  max,
  quantile,
  rate,
  ratio,
  selectRecorded,
  sum,
  total,
} from '../promql.ts';
import { atOnce, heatmapRows, overTime, tableRows } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import {
  cancelled,
  completed,
  errorRateThreshold,
  failed,
  ofTool,
  slowThreshold,
  toolCalls,
} from '../requests.ts';
import { server, tool } from '../variables.ts';

const { serverOperationDuration: calls } = protocolCatalogue;
const TOOL = 'gen_ai_tool_name';
const HALF = [12, 8] as const;

const callsInRange = sum(increase(count(calls, toolCalls)), TOOL);
const failedInRange = sum(increase(count(calls, { ...toolCalls, ...failed })), TOOL);
const bucketsInRange = increase(bucket(calls, toolCalls));
const timeInRange = increase(total(calls, toolCalls));

const seconds = { id: 'unit', value: units.Seconds };
const percent = { id: 'unit', value: units.PercentUnit };

const allTools = table(
  {
    id: 1,
    title: 'All tools',
    description:
      'Over the whole time range. A click on a name chooses the tool for the panels below. Share of time: where waiting ' +
      'goes, so where speed would be felt most.',
    unit: units.Short,
    size: [24, 9],
    noValue: 'No tool was called',
    queries: [
      tableRows(callsInRange),
      tableRows(ratio(failedInRange, callsInRange)),
      tableRows(quantile(0.5, bucketsInRange, TOOL)),
      tableRows(quantile(0.95, bucketsInRange, TOOL)),
      tableRows(`${sum(timeInRange, TOOL)} / on () group_left () ${sum(timeInRange)}`),
    ],
  },
  [
    {
      field: TOOL,
      title: 'Tool',
      properties: linkCells(
        here(`\${__data.fields.${TOOL}}`, toolUrl(`\${__data.fields.${TOOL}:percentencode}`)),
        newTab('Live page', livePageUrl(`\${__data.fields.${TOOL}:percentencode}`)),
      ),
    },
    { field: 'Value #A', title: 'Calls', properties: [{ id: 'decimals', value: 0 }] },
    { field: 'Value #B', title: 'Failed', properties: [percent, ...colouredAboveZero(palette.failed)] },
    { field: 'Value #C', title: 'p50', properties: [seconds] },
    { field: 'Value #D', title: 'p95', properties: [seconds] },
    {
      field: 'Value #E',
      title: 'Share of time',
      properties: [percent, ...barCells, coloured(palette.neutral)],
    },
  ],
).sortBy([{ build: () => ({ displayName: 'Calls', desc: true }) }]);

const toLabel = [
  linked(here(`Look at \${__field.labels.${TOOL}}`, toolUrl(`\${__field.labels.${TOOL}:percentencode}`))),
];

const slowest = ranking(
  {
    id: 2,
    title: 'Slowest tools, p95',
    description: 'The five whose slowest calls are slowest, over the whole time range.',
    unit: units.Seconds,
    size: [12, 6],
    noValue: 'No tool was called',
    queries: [atOnce(`sort_desc(topk(5, ${quantile(0.95, bucketsInRange, TOOL)} >= 0))`, `{{${TOOL}}}`)],
  },
  palette.neutral,
).overrideByFieldType('number', toLabel);

const mostFailing = ranking(
  {
    id: 3,
    title: 'Most failing tools',
    description:
      'The five with the largest share of failed calls, over the whole time range; cancelled calls are no failures.',
    unit: units.PercentUnit,
    size: [12, 6],
    noValue: 'No call failed',
    queries: [atOnce(`sort_desc(topk(5, ${ratio(failedInRange, callsInRange)} > 0))`, `{{${TOOL}}}`)],
  },
  palette.failed,
)
  .max(1)
  .overrideByFieldType('number', toLabel);

const outcomes = outcomeBars({
  id: 4,
  title: 'Calls of $tool by outcome',
  description: 'How calls ended. Cancelled: the client did not want the answer any more.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No calls',
  queries: [
    overTime(sum(rate(count(calls, { ...ofTool, ...completed }))), 'completed'),
    overTime(sum(rate(count(calls, { ...ofTool, ...failed }))), 'failed'),
    overTime(sum(rate(count(calls, { ...ofTool, ...cancelled }))), 'cancelled'),
  ],
});

const failedByType = stackedBars({
  id: 5,
  title: 'Failed calls of $tool by type',
  description:
    'tool_error: the tool answered that it failed. -32602: the client sent bad arguments. Others: no answer got through.',
  unit: units.RequestsPerSecond,
  size: HALF,
  noValue: 'No failure',
  queries: [overTime(sum(rate(count(calls, { ...ofTool, ...failed })), 'error_type'), '{{error_type}}')],
}).overrideByName('tool_error', [coloured(palette.failed)]);

const buckets = bucket(calls, ofTool);

const duration = quantileLines({
  id: 6,
  title: 'Duration of $tool',
  description:
    'Half of the calls are faster than p50, 95 of 100 than p95. Points are single calls with a trace. The line is SLOW_OPERATION_THRESHOLD.',
  unit: units.Seconds,
  size: HALF,
  noValue: 'No calls',
  queries: [
    overTime(quantile(0.5, rate(buckets)), 'p50'),
    overTime(quantile(0.95, rate(buckets)), 'p95').exemplar(true),
    overTime(quantile(0.99, rate(buckets)), 'p99'),
    overTime(slowThreshold, 'slow'),
  ],
}).overrideByName('slow', limitLine);

const durationMap = durationHeatmap({
  id: 7,
  title: 'Calls of $tool by duration',
  description: 'How many calls took how long. A second band is a second kind of calls.',
  unit: units.Short,
  size: HALF,
  noValue: 'No calls',
  queries: [heatmapRows(sum(increase(buckets, '$__rate_interval'), 'le'))],
});

const history = shareHistory({
  id: 8,
  title: 'Share of failed calls, tool by tool',
  description: 'Blue: none. Red: HIGH_ERROR_RATE_THRESHOLD or more. A hole: nobody called it.',
  unit: units.PercentUnit,
  size: [24, 7],
  noValue: 'No tool was called',
  queries: [
    overTime(
      ratio(
        sum(rate(count(calls, { ...toolCalls, ...failed })), TOOL),
        sum(rate(count(calls, toolCalls)), TOOL),
      ),
      `{{${TOOL}}}`,
    ),
    overTime(errorRateThreshold, 'threshold').refId('limit'),
  ],
})
  .interval('5m')
  .maxDataPoints(60)
  .withTransformation(limitFromQuery('limit', 'threshold', 'max'));

const recordedOf = (name: string) =>
  max(selectRecorded(name, { mcp_server_name: '=~"$server"', gen_ai_tool_name: '=~"$tool"' }));
const median = recordedOf(recorded.toolDurationMedian);
const deviations = `${alertLimits.anomalyDeviations} * ${recordedOf(recorded.toolDurationDeviation)}`;
const hidden = { id: 'custom.lineWidth', value: 0 };

const anomaly = lines({
  id: 9,
  title: 'p95 of $tool against its last day',
  description:
    'The band is where p95 was during the last day: its median, 4.45 median absolute deviations up and down. For long ' +
    'above it, McpToolLatencyAnomaly fires. Choose one tool: of several, the largest numbers are shown. All instances together.',
  unit: units.Seconds,
  size: [24, 8],
  noValue: 'Nothing recorded yet',
  queries: [
    overTime(recordedOf(recorded.toolDuration), 'p95'),
    overTime(`${median} + ${deviations}`, 'usual, at most'),
    overTime(`clamp_min(${median} - ${deviations}, 0)`, 'usual, at least'),
    overTime(median, 'median'),
  ],
})
  .overrideByName('p95', [coloured(palette.neutral)])
  .overrideByName('usual, at most', [
    coloured(palette.second),
    hidden,
    { id: 'custom.fillBelowTo', value: 'usual, at least' },
    { id: 'custom.fillOpacity', value: 20 },
  ])
  .overrideByName('usual, at least', [coloured(palette.second), hidden])
  .overrideByName('median', [coloured(palette.second), { id: 'custom.lineWidth', value: 1 }]);

/** Each tool on its own, and the one that was chosen in detail. */
export const tools = dashboard({
  uid: 'mcp-tools',
  title: 'MCP tools',
  description: 'Which tools are called, fail and are slow; and one of them in detail.',
  from: 'now-3h',
  variables: [server, tool],
  sections: [
    section('All tools', allTools, slowest, mostFailing, history),
    section('Tool: $tool', outcomes, failedByType, duration, durationMap, anomaly),
  ],
});
