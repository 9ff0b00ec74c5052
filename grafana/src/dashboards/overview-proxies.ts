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
    'Whether each could be reached: by its last answer, or, where nobody asked it anything, by its port. Down for five ' +
    'minutes, and McpUpstreamDown fires: no client gets an answer.',
  unit: units.NoUnit,
  size: HALF,
  noValue: 'No HTTP proxy',
  queries: [overTime(`min by (mcp_server_name) (${series(upstreamUp, ofServer)})`, '{{mcp_server_name}}')],
});

const exits = stackedBars({
  id: 31,
  title: 'Ends of server processes',
  description:
    'Of servers behind stdio proxies, from one bar to the next. success: it ended by itself, as clients ask for. signal: ' +
    'killed, by a client that is done or by the system. failure: it crashed. Several of them fire McpServerCrashing.',
  unit: units.Short,
  size: HALF,
  noValue: 'No process has ended',
  queries: [
    overTime(
      `${sum(increase(series(childExits, ofServer), '$__rate_interval'), 'mcp_server_name', 'reason')} > 0`,
      '{{reason}} {{mcp_server_name}}',
    ),
  ],
})
  // With shorter steps, $__rate_interval would reach back over several bars, and an end stand in each.
  .interval('1m')
  .decimals(0)
  .overrideByRegexp('/^success /', [coloured(palette.completed)])
  .overrideByRegexp('/^failure /', [coloured(palette.failed)])
  .overrideByRegexp('/^signal /', [coloured(palette.cancelled)]);

/** What proxies alone see: whether the servers behind them are there. */
export const proxies = section('Proxies', upstreams, exits);
