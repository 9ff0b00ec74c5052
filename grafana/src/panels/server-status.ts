import {
  BigValueTextMode,
  TableCellDisplayMode,
  VisibilityMode,
  VizTextDisplayOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type DynamicConfigValue,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatPanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type { PanelBuilder as TablePanelBuilder } from '@grafana/grafana-foundation-sdk/table';

import { here, linked, livePageOfServerUrl, newTab, toolUrl } from '../links.ts';
import { palette } from '../palette.ts';
import { atOnce, overTime, tableRows } from '../query.ts';
import { PROBLEMS, serverProblems } from '../server-problems.ts';
import type { PanelSpec } from './panel-spec.ts';
import { noNumberIs } from './field-properties.ts';
import { statOfLastMinutes } from './stat.ts';
import { linkCells, table } from './table.ts';
import { timeline } from './timeline.ts';

type Spec = Omit<PanelSpec, 'queries'>;

/** Shows the level of a problem as its text, in its color. */
const problemTexts: ValueMapping = {
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    PROBLEMS.map(({ level, text, color }, index) => [String(level), { text, color, index }]),
  ),
};

/** The name of the worst server, its problem, and a link to its tools. */
export function worstServer(spec: Spec, noProblem: string): StatPanelBuilder {
  // Without an exporter, the second operand is also missing, and the panel says that nothing is known. `All` selects all
  // servers in the link.
  const nothing = `label_replace(label_replace(0 * ${noProblem}, "mcp_server_name", "All", "", ""), "rest", " servers", "", "")`;
  return statOfLastMinutes({
    ...spec,
    queries: [atOnce(`topk(1, ${serverProblems} or on () ${nothing})`, '{{mcp_server_name}}{{rest}}')],
  })
    .textMode(BigValueTextMode.ValueAndName)
    .text(new VizTextDisplayOptionsBuilder().titleSize(22).valueSize(30))
    .mappings([
      problemTexts,
      {
        type: MappingType.ValueToText,
        options: { '0': { text: 'no problem', color: palette.good, index: 9 } },
      },
      noNumberIs(spec.noValue),
    ])
    .overrideByFieldType('number', [
      linked(here('Tools of this server', toolUrl('All', '${__field.labels.mcp_server_name:percentencode}'))),
    ]);
}

/** A row for each server with a problem, the worst first. */
export function problemTable(spec: Spec): TablePanelBuilder {
  const server = '${__data.fields.mcp_server_name}';
  const serverInUrl = '${__data.fields.mcp_server_name:percentencode}';
  const problem: DynamicConfigValue[] = [
    { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
    { id: 'custom.width', value: 130 },
    { id: 'custom.align', value: 'left' },
    { id: 'mappings', value: [problemTexts] },
  ];
  return table(
    { ...spec, queries: [tableRows(`sum by (mcp_server_name, gen_ai_tool_name) (${serverProblems})`)] },
    [
      { field: 'Value', title: 'Problem', properties: problem },
      {
        field: 'mcp_server_name',
        title: 'Server',
        properties: linkCells(
          here(server, toolUrl('All', serverInUrl)),
          newTab('Live page', livePageOfServerUrl(serverInUrl)),
        ),
      },
      { field: 'gen_ai_tool_name', title: 'Tool' },
    ],
  )
    .interval('5m')
    .maxDataPoints(100_000)
    .sortBy([{ build: () => ({ displayName: 'Problem', desc: true }) }]);
}

/** When servers had problems. Servers without problems have no row. */
export function problemTimeline(spec: Spec): statetimeline.PanelBuilder {
  return timeline({
    ...spec,
    queries: [overTime(`topk(12, max by (mcp_server_name) (${serverProblems}))`, '{{mcp_server_name}}')],
  })
    .mappings([problemTexts])
    .showValue(VisibilityMode.Never);
}
