import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { upTimeline } from '../panels/timeline.ts';
import { stackedBars } from '../panels/timeseries.ts';
import { increase, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';
import { ofServer } from '../requests.ts';

const { upstreamUp, childExits } = protocolCatalogue;
const HALF = [12, 6] as const;

const upstreams = upTimeline({
  id: 30,
  title: 'Servers behind HTTP proxies',
  description:
    'Whether each server is reachable: by its last response, or without traffic by a connection to its port. ' +
    'McpUpstreamDown fires after five minutes of downtime.',
  unit: units.NoUnit,
  size: HALF,
  noValue: 'No HTTP proxy',
  queries: [overTime(`min by (mcp_server_name) (${series(upstreamUp, ofServer)})`, '{{mcp_server_name}}')],
});

const exits = stackedBars({
  id: 31,
  title: 'Exits of server processes',
  description:
    'Exits of servers behind stdio proxies, per bar. success: regular exit. signal: killed by its client or by the system. ' +
    'failure: crashed. Repeated failures fire McpServerCrashing.',
  unit: units.Short,
  size: HALF,
  noValue: 'No exits',
  queries: [
    overTime(
      `${sum(increase(series(childExits, ofServer), '$__rate_interval'), 'mcp_server_name', 'reason')} > 0`,
      '{{reason}} {{mcp_server_name}}',
    ),
  ],
})
  // With shorter steps, $__rate_interval would span several bars and count an exit in each.
  .interval('1m')
  .decimals(0)
  .overrideByRegexp('/^success /', [coloured(palette.completed)])
  .overrideByRegexp('/^failure /', [coloured(palette.failed)])
  .overrideByRegexp('/^signal /', [coloured(palette.cancelled)]);

/** Availability of the servers behind proxies. */
export const proxies = section('Servers behind proxies: reachable, exits', upstreams, exits);
