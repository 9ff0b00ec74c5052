import * as units from '@grafana/grafana-foundation-sdk/units';

import { pipelineCatalogue } from '../../../src/metrics/catalogue.ts';
import { dashboard } from '../frame.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { lines, stackedBars } from '../panels/timeseries.ts';
import { bucket, increase, quantile, rate, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { ofServer } from '../requests.ts';
import { operation, operationServer } from '../variables.ts';
import { operationSections } from './pipeline-operations.ts';

const { scanFiles, scanIssues, fixes, operationMemory, operationCpu } = pipelineCatalogue;
const THIRD = [8, 7] as const;
const HALF = [12, 7] as const;

const filesRead = lines({
  id: 11,
  title: 'Files read',
  description: 'Files read by the linter, per point.',
  unit: units.Short,
  size: THIRD,
  noValue: 'No pipeline',
  queries: [overTime(sum(increase(series(scanFiles), '$__rate_interval')), 'files')],
}).decimals(0);

const issuesFound = stackedBars({
  id: 12,
  title: 'Issues found',
  description: 'Issues found by the linter, by severity. Each scan counts unfixed issues again.',
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
  description: 'Fixes that were applied to the workspace, and fixes that were rolled back (failed).',
  unit: units.Short,
  size: THIRD,
  noValue: 'No pipeline',
  queries: [overTime(sum(increase(series(fixes), '$__rate_interval'), 'result'), '{{result}}')],
})
  .decimals(0)
  .overrideByName('applied', [coloured(palette.completed)])
  .overrideByName('failed', [coloured(palette.failed)]);

/** 95th percentile by operation. */
const p95 = (buckets: string) => overTime(quantile(0.95, rate(buckets), 'operation'), '{{operation}}');
const chosen = { ...ofServer, operation: '=~"$operation"' };

const memory = lines({
  id: 14,
  title: 'Memory per operation, p95',
  description: '95th percentile of the values that callers reported with recordMetric.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: 'No caller reports it',
  queries: [p95(bucket(operationMemory, chosen))],
});

const cpu = lines({
  id: 15,
  title: 'CPU time per operation, p95',
  description: '95th percentile of the values that callers reported with recordMetric.',
  unit: units.Seconds,
  size: HALF,
  noValue: 'No caller reports it',
  queries: [p95(bucket(operationCpu, chosen))],
});

/** All operations: tool calls, and the stages inside them. */
export const pipeline = dashboard({
  uid: 'mcp-pipeline',
  title: 'MCP pipeline',
  description:
    'Operations and their stages: outcomes, durations and operations in progress; and the results of the pipeline.',
  from: 'now-3h',
  variables: [operationServer, operation],
  sections: [
    ...operationSections,
    section('Scans and fixes', filesRead, issuesFound, fixesTried),
    section('Resources', memory, cpu),
  ],
});
