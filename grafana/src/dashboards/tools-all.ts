import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { section } from '../layout.ts';
import { here, livePageUrl, newTab, toTool, toolUrl } from '../links.ts';
import { palette } from '../palette.ts';
import { ranking } from '../panels/bar-gauge.ts';
import { coloured, limitFromQuery } from '../panels/field-properties.ts';
import { barCells, colouredAboveZero, linkCells, table } from '../panels/table.ts';
import { shareHistory } from '../panels/timeline.ts';
import { bucket, count, increase, quantile, rate, ratio, sum, total } from '../promql.ts';
import { atOnce, overTime, tableRows } from '../query.ts';
import { errorRateThreshold, failed, toolCalls } from '../requests.ts';

const { serverOperationDuration: calls } = protocolCatalogue;
const TOOL = 'gen_ai_tool_name';

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
).overrideByFieldType('number', [toTool]);

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
  .overrideByFieldType('number', [toTool]);

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

export const allToolsSection = section('All tools', allTools, slowest, mostFailing, history);
