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

/** The name of the job in prometheus.yml: chosen where there is one, so that no other program's process is shown. */
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
 * Where people reach the live page, without the slash that may be at its end. It is neither shown nor part of an address:
 * an address that somebody sends must not choose where this dashboard's links lead.
 */
const page: VariableModel = {
  ...queried('page', 'Live page', `label_values(${series(exporterCatalogue.pageInfo)}, url)`)
    .hide(VariableHide.HideVariable)
    .regex('/^(.*?)\\/*$/')
    .build(),
  skipUrlSync: true,
};

/** A watched server, on dashboards whose metrics have one. */
export const server = choice(
  'server',
  'Server',
  `label_values(${count(protocolCatalogue.serverOperationDuration)}, mcp_server_name)`,
);

/** One tool, or all: the anomaly band is of one. */
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

/** Monitored operations: tool calls, and the stages inside them. */
export const operation = choice(
  'operation',
  'Operation',
  `label_values(${series(pipelineCatalogue.operationsStarted)}, operation)`,
);

/** The variables of a dashboard, in the order in which one narrows the next. */
export function variables(...own: VariableModel[]): VariableModel[] {
  return [datasource, job, instance, ...own, page];
}

/** One or more of the values that there were in the time range. */
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
