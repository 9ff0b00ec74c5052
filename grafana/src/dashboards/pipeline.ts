import * as units from '@grafana/grafana-foundation-sdk/units';

import { pipelineCatalogue } from '../../../src/metrics/catalogue.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { lines, stackedBars } from '../panels/timeseries.ts';
import { bucket, increase, quantile, rate, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { operation } from '../variables.ts';
import { operationSections } from './pipeline-operations.ts';

const { scanFiles, scanIssues, fixes, operationMemory, operationCpu } = pipelineCatalogue;
const THIRD = [8, 7] as const;
const HALF = [12, 7] as const;

const filesRead = lines({
  id: 11,
  title: 'Files read',
  description: 'Files that the linter has read from one point to the next.',
  unit: units.Short,
  size: THIRD,
  noValue: 'No pipeline',
  queries: [overTime(sum(increase(series(scanFiles), '$__rate_interval')), 'files')],
}).decimals(0);

const issuesFound = stackedBars({
  id: 12,
  title: 'Issues found',
  description: 'Issues that the linter has found, by severity. Each scan finds again what nobody has fixed.',
  unit: units.Short,
  size: THIRD,
  noValue: 'No pipeline',
  queries: [overTime(sum(increase(series(scanIssues), '$__rate_interval'), 'severity'), '{{severity}}')],
})
  .decimals(0)
  .overrideByName('error', [coloured(palette.failed)])
  .overrideByName('warning', [coloured(palette.limit)]);

const fixesTried = stackedBars({
  id: 13,
  title: 'Fixes',
  description: 'Fixes that were written to the workspace, and those that were rolled back.',
  unit: units.Short,
  size: THIRD,
  noValue: 'No pipeline',
  queries: [overTime(sum(increase(series(fixes), '$__rate_interval'), 'result'), '{{result}}')],
})
  .decimals(0)
  .overrideByName('applied', [coloured(palette.completed)])
  .overrideByName('failed', [coloured(palette.failed)]);

/** What one operation in twenty takes, or more. */
const p95 = (buckets: string) => overTime(quantile(0.95, rate(buckets), 'operation'), '{{operation}}');
const chosen = { operation: '=~"$operation"' };

const memory = lines({
  id: 14,
  title: 'Memory per operation, p95',
  description: 'What callers reported of their operations (recordMetric). 19 of 20 operations took less.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: 'No caller reports it',
  queries: [p95(bucket(operationMemory, chosen))],
});

const cpu = lines({
  id: 15,
  title: 'CPU time per operation, p95',
  description: 'What callers reported of their operations (recordMetric). 19 of 20 operations took less.',
  unit: units.Seconds,
  size: HALF,
  noValue: 'No caller reports it',
  queries: [p95(bucket(operationCpu, chosen))],
});

/** Every monitored operation: tool calls, and the stages inside them. */
export const pipeline = dashboard({
  uid: 'mcp-pipeline',
  title: 'MCP pipeline',
  description:
    'Operations and their stages: how many run, fail, are cancelled, slow or stalled; and what the pipeline found.',
  from: 'now-3h',
  variables: [operation],
  sections: [
    ...operationSections,
    section('Found and fixed', filesRead, issuesFound, fixesTried),
    section('Resources', memory, cpu),
  ],
});
