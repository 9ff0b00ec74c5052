import { ScaleDistribution, ScaleDistributionConfigBuilder } from '@grafana/grafana-foundation-sdk/common';
import * as units from '@grafana/grafana-foundation-sdk/units';

import { protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { table } from '../panels/table.ts';
import { lines } from '../panels/timeseries.ts';
import { bucket, increase, quantile, rate, sum, total } from '../promql.ts';
import { overTime, tableRows } from '../query.ts';
import { ofServer } from '../requests.ts';

const { messageSize } = protocolCatalogue;
const HALF = [12, 8] as const;
const NONE = 'No message whose size was seen';
/** What a kind of message is known by. */
const BY_SENDER = ['mcp_server_name', 'mcp_method_name', 'direction'] as const;

const rates = rate(bucket(messageSize, ofServer));
const bucketsInRange = increase(bucket(messageSize, ofServer));

const sizes = lines({
  id: 28,
  title: 'Size of messages',
  description:
    'Half of the messages are smaller than p50, 95 of 100 than p95; largest is the upper end of the bucket that it fell ' +
    'into, at most 16 MiB. What servers send, models have to read. Sizes are seen by proxies, and where a server ' +
    'watches its own HTTP handler.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(quantile(0.5, rates, 'direction'), 'p50 {{direction}}'),
    overTime(quantile(0.95, rates, 'direction'), 'p95 {{direction}}'),
    overTime(quantile(1, rates, 'direction'), 'largest {{direction}}'),
  ],
})
  // From 100 bytes to megabytes. A median of the smallest bucket is above 64.
  .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(2))
  .min(64)
  .overrideByRegexp('/client_to_server$/', [coloured(palette.second)])
  .overrideByRegexp('/server_to_client$/', [coloured(palette.neutral)])
  .overrideByRegexp('/^p50 /', [{ id: 'custom.lineWidth', value: 1 }])
  .overrideByRegexp('/^largest /', [{ id: 'custom.lineStyle', value: { fill: 'dot', dash: [2, 6] } }]);

const senders = table(
  {
    id: 29,
    title: 'Who sends large messages',
    description:
      'Over the whole time range. Large answers to tools/call fill the context of a model: let that tool page or filter. ' +
      'A large tools/list costs each client at its start.',
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
    { field: 'Value #C', title: 'In all' },
  ],
).sortBy([{ build: () => ({ displayName: 'Largest', desc: true }) }]);

/** How much there is to read, and who makes it so much. */
export const messages = section('Size', sizes, senders);
