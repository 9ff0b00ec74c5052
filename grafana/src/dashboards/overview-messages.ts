import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { collapsed } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { table } from '../panels/table.ts';
import { lines, logarithmic } from '../panels/timeseries.ts';
import { bucket, increase, quantile, rate, sum, total } from '../promql.ts';
import { overTime, tableRows } from '../query.ts';
import { ofServer } from '../requests.ts';

const { messageSize } = protocolCatalogue;
const HALF = [12, 8] as const;
const NONE = 'No message sizes';
/** The labels of a kind of message. */
const BY_SENDER = ['mcp_server_name', 'mcp_method_name', 'direction'] as const;

const rates = rate(bucket(messageSize, ofServer));
const bucketsInRange = increase(bucket(messageSize, ofServer));

const sizes = lines({
  id: 28,
  title: 'Message size',
  description:
    'Message size on the wire. The largest message is known by its histogram bucket, so that the panel shows the bucket’s upper bound. Large responses fill ' +
    'the context of models. Sizes are available from proxies and from monitored HTTP handlers.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(quantile(0.5, rates, 'direction'), 'p50 {{direction}}'),
    overTime(quantile(0.95, rates, 'direction'), 'p95 {{direction}}'),
    overTime(quantile(1, rates, 'direction'), 'largest, at most {{direction}}'),
  ],
})
  // Sizes range from 100 bytes to megabytes. A median in the smallest bucket is above 64.
  .scaleDistribution(logarithmic(2))
  .min(64)
  .overrideByRegexp('/client_to_server$/', [coloured(palette.second)])
  .overrideByRegexp('/server_to_client$/', [coloured(palette.neutral)])
  .overrideByRegexp('/^p50 /', [{ id: 'custom.lineWidth', value: 1 }])
  .overrideByRegexp('/^largest, at most /', [
    { id: 'custom.lineStyle', value: { fill: 'dot', dash: [2, 6] } },
  ]);

const senders = table(
  {
    id: 29,
    title: 'Largest messages',
    description:
      'Message sizes over the whole time range, by server, method and direction. The largest message has at most the shown size, the bound of its bucket. Large results of tools/call fill a model’s ' +
      'context: add pagination or filters to the tool. A large tools/list slows down the start of each client.',
    unit: units.BytesIEC,
    size: HALF,
    noValue: NONE,
    queries: [
      tableRows(`${quantile(1, bucketsInRange, ...BY_SENDER)} >= 0`),
      tableRows(`${quantile(0.95, bucketsInRange, ...BY_SENDER)} >= 0`),
      tableRows(`${sum(increase(total(messageSize, ofServer)), ...BY_SENDER)} > 0`),
    ],
  },
  [
    { field: 'mcp_server_name', title: 'Server' },
    { field: 'mcp_method_name', title: 'Method' },
    { field: 'direction', title: 'Direction' },
    { field: 'Value #A', title: 'Largest, at most' },
    { field: 'Value #B', title: 'p95' },
    { field: 'Value #C', title: 'Total' },
  ],
).sortBy([{ build: () => ({ displayName: 'Largest, at most', desc: true }) }]);

/** Message sizes, and their origin. */
export const messages = collapsed('Size of messages', sizes, senders);
