import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { exporterCatalogue, pipelineCatalogue, protocolCatalogue } from '../../src/metrics/catalogue.ts';
import { count, series } from './promql.ts';
import { DATASOURCE } from './query.ts';

/** The job's name in prometheus.yml, which is selected by default. */
const JOB = 'mcp-exporter';
const ALL = { text: ['All'], value: ['$__all'] };

const datasource = new DatasourceVariableBuilder('datasource')
  .label('Data source')
  .type('prometheus')
  .build();

const job = {
  ...choice('job', 'Job', `label_values(${exporterCatalogue.buildInfo.name}, job)`),
  current: { text: [JOB], value: [JOB] },
};

const instance = choice(
  'instance',
  'Instance',
  `label_values(${exporterCatalogue.buildInfo.name}{job=~"$job"}, instance)`,
);

/**
 * The live page's address, without a trailing slash. The variable is hidden and not part of the URL, so that a crafted URL
 * cannot change the targets of links.
 */
const page: VariableModel = {
  ...queried('page', 'Live page', `label_values(${series(exporterCatalogue.pageInfo)}, url)`)
    .hide(VariableHide.HideVariable)
    .regex('/^(.*?)\\/*$/')
    .build(),
  skipUrlSync: true,
};

/** The watched server. */
export const server = choice(
  'server',
  'Server',
  `label_values(${count(protocolCatalogue.serverOperationDuration)}, mcp_server_name)`,
);

/** One tool or all. Several tools cannot be selected, because the anomaly band is for one tool. */
export const tool: VariableModel = {
  ...choice(
    'tool',
    'Tool',
    `label_values(${count(protocolCatalogue.serverOperationDuration, {
      mcp_server_name: '=~"$server"',
      mcp_method_name: '="tools/call"',
    })}, gen_ai_tool_name)`,
  ),
  multi: false,
  current: { text: 'All', value: '$__all' },
};

/** The server of an operation. Includes operations outside of servers. */
export const operationServer: VariableModel = { ...server, allValue: '.*' };

/** Operations: tool calls, and the stages inside them. */
export const operation = choice(
  'operation',
  'Operation',
  `label_values(${series(pipelineCatalogue.operationsStarted, { mcp_server_name: '=~"$server"' })}, operation)`,
);

/** All variables of a dashboard. Each restricts the next ones. */
export function variables(...own: VariableModel[]): VariableModel[] {
  return [datasource, job, instance, ...own, page];
}

/** A variable with one or more values of the time range. */
function choice(name: string, label: string, query: string): VariableModel {
  return queried(name, label, query).multi(true).includeAll(true).allValue('.+').current(ALL).build();
}

function queried(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .definition(query)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .allowCustomValue(false);
}
