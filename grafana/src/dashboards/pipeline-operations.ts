import * as units from '@grafana/grafana-foundation-sdk/units';

import { pipelineCatalogue } from '../../../src/metrics/catalogue.ts';
import { STALL_FACTOR } from '../../../src/monitor/operations-in-progress.ts';
import { isSuccess, OUTCOME_NAMES, titleOf, type OperationOutcome } from '../../../src/monitor/outcomes.ts';
import { alertLimits } from '../alert-limits.ts';
import { section } from '../layout.ts';
import { dashboardUrl, failedOnLivePageUrl, here, linked, livePageUrl, newTab } from '../links.ts';
import { operationsThat } from '../outcome-matchers.ts';
import { palette } from '../palette.ts';
import { limitLine } from '../panels/field-properties.ts';
import { durationHeatmap } from '../panels/heatmap.ts';
import { colouredAboveZero, linkCells, narrow, table, valueField } from '../panels/table.ts';
import {
  durationLinesWithThreshold,
  lines,
  nearLimit,
  outcomeBars,
  stackedBars,
  withLimits,
} from '../panels/timeseries.ts';
import { bucket, increase, max, quantile, rate, selectRecorded, series, sum } from '../promql.ts';
import { overTime, tableRows } from '../query.ts';
import { recorded } from '../recorded-series.ts';
import { errorRateThreshold, ofServer, slowThreshold } from '../requests.ts';
import { ABOUT_DURATIONS, ABOUT_QUANTILES } from '../wording.ts';

const {
  operationDuration,
  operationsEnded,
  operationsStarted,
  operationsActive,
  oldestActive,
  lastCompletion,
  slowOperations,
} = pipelineCatalogue;
const HALF = [12, 8] as const;
const THIRD = [8, 8] as const;

const chosen = { ...ofServer, operation: '=~"$operation"' };
const ended = (outcome: OperationOutcome) =>
  series(operationsEnded, { ...chosen, ...operationsThat((each) => each === outcome) });
const buckets = bucket(operationDuration, chosen);

const whole = { id: 'decimals', value: 0 };
const FAILED_URL = failedOnLivePageUrl('${__data.fields.operation:percentencode}');

const endedColumn = (outcome: OperationOutcome) => ({
  expr: sum(increase(ended(outcome)), 'operation'),
  title: titleOf(outcome),
  properties: [
    narrow,
    whole,
    ...(isSuccess(outcome) ? [] : colouredAboveZero(palette[outcome])),
    ...(outcome === 'failed' ? [linked(newTab('Failed operations on the live page', FAILED_URL))] : []),
  ],
});

const measured = [
  ...OUTCOME_NAMES.map(endedColumn),
  {
    expr: sum(increase(series(slowOperations, chosen)), 'operation'),
    title: 'Slow',
    properties: [narrow, whole, ...colouredAboveZero(palette.limit)],
  },
  {
    expr: quantile(0.95, increase(buckets), 'operation'),
    title: 'p95',
    properties: [narrow, { id: 'unit', value: units.Seconds }],
  },
  {
    expr: `${max(series(lastCompletion, chosen), 'operation')} * 1000`,
    title: 'Last ended',
    properties: [
      { id: 'custom.width', value: 150 },
      { id: 'unit', value: units.DateTimeFromNow },
    ],
  },
];

const all = table(
  {
    id: 1,
    title: 'All operations',
    description:
      'Operations and their stages over the whole time range. Click a name to select it for the panels below. ' +
      `Slow: longer than SLOW_OPERATION_THRESHOLD. ${ABOUT_QUANTILES}`,
    unit: units.Short,
    size: [24, 9],
    noValue: 'No operation yet',
    queries: measured.map(({ expr }) => tableRows(expr)),
  },
  [
    {
      field: 'operation',
      title: 'Operation',
      properties: [
        { id: 'custom.minWidth', value: 220 },
        ...linkCells(
          here(
            '${__data.fields.operation}',
            dashboardUrl('mcp-pipeline', {
              variables: { operation: '${__data.fields.operation:percentencode}' },
              keep: ['server'],
            }),
          ),
          newTab('Live page', livePageUrl('${__data.fields.operation:percentencode}')),
        ),
      ],
    },
    ...measured.map(({ title, properties }, index) => ({ field: valueField(index), title, properties })),
  ],
).sortBy([{ build: () => ({ displayName: 'Failed', desc: true }) }]);

const outcomes = outcomeBars(
  {
    id: 2,
    title: 'Operations by outcome',
    description: 'Ended operations by outcome.',
    unit: units.OpsPerSecond,
    size: HALF,
    noValue: 'No operation yet',
  },
  (outcome) => sum(rate(ended(outcome))),
);

const started = lines({
  id: 3,
  title: 'Operations started',
  description: 'Started operations by name. If more start than end for a long time, a queue is growing.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: 'No operation yet',
  queries: [overTime(sum(rate(series(operationsStarted, chosen)), 'operation'), '{{operation}}')],
});

const failing = lines({
  id: 4,
  title: 'Failure rate',
  description:
    'Share of failed operations over five minutes, for all instances together. A gap means no traffic. Above the dashed ' +
    'line (HIGH_ERROR_RATE_THRESHOLD), McpHighErrorRate fires.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'Nothing recorded yet',
  queries: [
    overTime(selectRecorded(recorded.operationFailureRatio, chosen), '{{operation}} {{mcp_server_name}}'),
    overTime(errorRateThreshold, 'threshold'),
  ],
}).overrideByName('threshold', limitLine);

const cancelled = stackedBars({
  id: 5,
  title: 'Cancelled operations',
  description: 'Cancelled operations by name. Clients often cancel because an operation is slow.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: 'No operation yet',
  queries: [overTime(sum(rate(ended('cancelled')), 'operation'), '{{operation}}')],
});

const duration = durationLinesWithThreshold(
  {
    id: 6,
    title: 'Duration',
    description: ABOUT_DURATIONS,
    size: THIRD,
    noValue: 'No operation yet',
  },
  buckets,
);

const durationMap = durationHeatmap(
  {
    id: 7,
    title: 'Operations by duration',
    description: 'Distribution of durations over time. Two bands are two kinds of operations.',
    size: THIRD,
    noValue: 'No operation yet',
  },
  buckets,
);

const slow = withLimits(
  lines({
    id: 8,
    title: 'Slow operations',
    description:
      'Share of operations that took longer than SLOW_OPERATION_THRESHOLD, over five minutes, for all instances together. ' +
      'Above the dashed line, McpSlowOperations fires.',
    unit: units.PercentUnit,
    size: THIRD,
    noValue: 'Nothing recorded yet',
    queries: [
      overTime(selectRecorded(recorded.operationSlowRatio, chosen), '{{operation}} {{mcp_server_name}}'),
    ],
  }),
  [alertLimits.slowRatio],
);

const running = stackedBars({
  id: 9,
  title: 'Operations in progress',
  description: 'Operations in progress at the time of each scrape. Short operations may be missing.',
  unit: units.Short,
  size: HALF,
  noValue: 'No operation yet',
  queries: [overTime(sum(series(operationsActive, chosen), 'operation'), '{{operation}}')],
}).decimals(0);

const oldest = lines({
  id: 10,
  title: 'Oldest operation in progress',
  description:
    'Age of the oldest operation in progress, by name. Above the dashed line, McpOperationStalled fires unless the operation ' +
    'reports progress or usually takes that long.',
  unit: units.Seconds,
  size: HALF,
  noValue: 'No operation yet',
  queries: [
    overTime(max(series(oldestActive, chosen), 'operation'), '{{operation}}'),
    overTime(nearLimit(`${STALL_FACTOR} * ${slowThreshold}`, series(oldestActive, chosen)), 'stalled'),
  ],
}).overrideByName('stalled', limitLine);

export const operationSections = [
  section('All operations', all),
  section('Operation: $operation', outcomes, started, failing, cancelled),
  section('Duration', duration, durationMap, slow),
  section('Concurrency', running, oldest),
];
