import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { section } from '../layout.ts';
import {
  failedOnLivePageUrl,
  here,
  linked,
  livePageUrl,
  newTab,
  toFailingTool,
  toTool,
  toolUrl,
} from '../links.ts';
import { palette } from '../palette.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitFromQuery } from '../panels/field-properties.ts';
import { barCells, colouredAboveZero, linkCells, narrow, table } from '../panels/table.ts';
import { lines } from '../panels/timeseries.ts';
import { shareHistory } from '../panels/timeline.ts';
import { bucket, increase, quantile, rate, ratio, selectRecorded, series, sum, total } from '../promql.ts';
import { atOnce, overTime, tableRows } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import {
  BY_TOOL,
  errorRateThreshold,
  failed,
  ofServer,
  ratedToolCalls,
  TOOL_LEGEND,
  toolCalls,
} from '../requests.ts';
import { ABOUT_QUANTILES, ALL_OUTCOMES } from '../wording.ts';

const { operations, serverOperationDuration: calls } = protocolCatalogue;

const callsInRange = sum(increase(series(operations, toolCalls)), ...BY_TOOL);
const ratedInRange = sum(increase(series(operations, ratedToolCalls)), ...BY_TOOL);
const failedInRange = sum(increase(series(operations, { ...toolCalls, ...failed })), ...BY_TOOL);
const bucketsInRange = increase(bucket(calls, toolCalls));
const timeInRange = increase(total(calls, toolCalls));

const TOOL_OF_ROW = '${__data.fields.gen_ai_tool_name:percentencode}';
const SERVER_OF_ROW = '${__data.fields.mcp_server_name:percentencode}';

const seconds = { id: 'unit', value: units.Seconds };
const percent = { id: 'unit', value: units.PercentUnit };

const allTools = table(
  {
    id: 1,
    title: 'All tools',
    description:
      'All tools over the whole time range. Click a name to select the tool for the panels below. Share of time: the share ' +
      'of all waiting time that is spent on this tool. ' +
      `${ALL_OUTCOMES} ${ABOUT_QUANTILES}`,
    unit: units.Short,
    size: [24, 9],
    noValue: 'No tool was called',
    queries: [
      tableRows(callsInRange),
      tableRows(ratio(failedInRange, ratedInRange)),
      tableRows(quantile(0.5, bucketsInRange, ...BY_TOOL)),
      tableRows(quantile(0.95, bucketsInRange, ...BY_TOOL)),
      tableRows(`${sum(timeInRange, ...BY_TOOL)} / on () group_left () ${sum(timeInRange)}`),
    ],
  },
  [
    {
      field: 'gen_ai_tool_name',
      title: 'Tool',
      properties: [
        { id: 'custom.minWidth', value: 220 },
        ...linkCells(
          here('${__data.fields.gen_ai_tool_name}', toolUrl(TOOL_OF_ROW, SERVER_OF_ROW)),
          newTab('Live page', livePageUrl(TOOL_OF_ROW, SERVER_OF_ROW)),
        ),
      ],
    },
    { field: 'mcp_server_name', title: 'Server' },
    { field: 'Value #A', title: 'Calls', properties: [narrow, { id: 'decimals', value: 0 }] },
    {
      field: 'Value #B',
      title: 'Failed',
      properties: [
        narrow,
        percent,
        ...colouredAboveZero(palette.failed),
        linked(newTab('Failed calls on the live page', failedOnLivePageUrl(TOOL_OF_ROW, SERVER_OF_ROW))),
      ],
    },
    { field: 'Value #C', title: 'p50', properties: [narrow, seconds] },
    { field: 'Value #D', title: 'p95', properties: [narrow, seconds] },
    {
      field: 'Value #E',
      title: 'Share of time',
      properties: [{ id: 'custom.width', value: 220 }, percent, ...barCells, coloured(palette.neutral)],
    },
  ],
).sortBy([{ build: () => ({ displayName: 'Calls', desc: true }) }]);

const slowest = ranking(
  {
    id: 2,
    title: 'Slowest tools, p95',
    description: `The five tools with the highest 95th percentile over the whole time range. ${ALL_OUTCOMES} ${ABOUT_QUANTILES}`,
    unit: units.Seconds,
    size: [12, 6],
    noValue: 'No tool was called',
    queries: [atOnce(`sort_desc(topk(5, ${quantile(0.95, bucketsInRange, ...BY_TOOL)} >= 0))`, TOOL_LEGEND)],
  },
  palette.neutral,
).overrideByFieldType('number', [toTool]);

const mostFailing = ranking(
  {
    id: 3,
    title: 'Most failing tools',
    description:
      'The five tools with the highest share of failed calls over the whole time range. Cancelled calls do not count.',
    unit: units.PercentUnit,
    size: [12, 6],
    noValue: 'No call failed',
    queries: [atOnce(`sort_desc(topk(5, ${ratio(failedInRange, ratedInRange)} > 0))`, TOOL_LEGEND)],
  },
  palette.failed,
)
  .max(1)
  .overrideByFieldType('number', [toFailingTool]);

const history = shareHistory({
  id: 8,
  title: 'Failure rate by tool',
  description:
    'Share of failed calls, for the tools with a failure in the time range. Blue: none. Red: HIGH_ERROR_RATE_THRESHOLD or more. Gap: no calls.',
  unit: units.PercentUnit,
  size: [24, 8],
  noValue: 'No call failed',
  queries: [
    overTime(
      `${ratio(
        sum(rate(series(operations, { ...toolCalls, ...failed })), ...BY_TOOL),
        sum(rate(series(operations, ratedToolCalls)), ...BY_TOOL),
      )} and ${failedInRange} > 0`,
      TOOL_LEGEND,
    ),
    overTime(errorRateThreshold, 'threshold').refId('limit'),
  ],
})
  .interval('5m')
  .maxDataPoints(60)
  .withTransformation(limitFromQuery('limit', 'threshold', 'max'));

const other = lines({
  id: 10,
  title: 'Calls without a tool name',
  description:
    'Share of calls that are counted as _OTHER: of tools beyond METRICS_MAX_SERIES, and of tools that the server does not ' +
    'have. Above 0, the panels by tool are incomplete. Sums by server are exact.',
  unit: units.PercentUnit,
  size: [24, 6],
  noValue: 'Nothing recorded yet',
  queries: [overTime(selectRecorded(recorded.otherCallsRatio, ofServer), '{{mcp_server_name}}')],
});

export const allToolsSection = section('All tools', allTools, slowest, mostFailing, history, other);
