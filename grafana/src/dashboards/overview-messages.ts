import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { section } from '../layout.ts';
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
    'Message size on the wire. `largest` is the upper bound of the highest bucket, at most 16 MiB. Large responses fill ' +
    'the context of models. Sizes are available from proxies and from monitored HTTP handlers.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(quantile(0.5, rates, 'direction'), 'p50 {{direction}}'),
    overTime(quantile(0.95, rates, 'direction'), 'p95 {{direction}}'),
    overTime(quantile(1, rates, 'direction'), 'largest {{direction}}'),
  ],
})
  // Sizes range from 100 bytes to megabytes. A median in the smallest bucket is above 64.
  .scaleDistribution(logarithmic(2))
  .min(64)
  .overrideByRegexp('/client_to_server$/', [coloured(palette.second)])
  .overrideByRegexp('/server_to_client$/', [coloured(palette.neutral)])
  .overrideByRegexp('/^p50 /', [{ id: 'custom.lineWidth', value: 1 }])
  .overrideByRegexp('/^largest /', [{ id: 'custom.lineStyle', value: { fill: 'dot', dash: [2, 6] } }]);

const senders = table(
  {
    id: 29,
    title: 'Largest messages',
    description:
      'Message sizes over the whole time range, by server, method and direction. Large results of tools/call fill a model’s ' +
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
    { field: 'Value #A', title: 'Largest' },
    { field: 'Value #B', title: 'p95' },
    { field: 'Value #C', title: 'Total' },
  ],
).sortBy([{ build: () => ({ displayName: 'Largest', desc: true }) }]);

/** Message sizes, and their origin. */
export const messages = section('Size', sizes, senders);
