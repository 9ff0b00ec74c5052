import * as units from '@grafana/grafana-foundation-sdk/units';

import { exporterCatalogue } from '../../../src/metrics/catalogue.ts';
import { prometheus } from '../foreign-series.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { lines, stackedBars } from '../panels/timeseries.ts';
import { bucket, max, ofExporters, quantile, rate, select, series, sum } from '../promql.ts';
import { overTime } from '../query.ts';

const WHOLE = [24, 7] as const;
const HALF = [12, 7] as const;
const QUARTER = [6, 7] as const;
const NONE = 'No exporter';
const catalogue = exporterCatalogue;

const scrapeDuration = lines({
  id: 8,
  title: 'Scrape duration',
  description:
    'Scrape duration measured by Prometheus, and the p95 of the time inside the exporter. The difference is network time.',
  unit: units.Seconds,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(
      max(ofExporters(select(prometheus.scrapeDuration)), 'instance'),
      'seen by Prometheus {{instance}}',
    ),
    overTime(
      quantile(0.95, rate(bucket(catalogue.scrapeDuration)), 'instance'),
      'in the exporter {{instance}}',
    ),
  ],
});

const scrapeSize = lines({
  id: 9,
  title: 'Scrape size',
  description:
    'Number of series per scrape. It grows with the number of tools, error types and servers, up to a limit.',
  unit: units.Short,
  size: HALF,
  noValue: NONE,
  queries: [overTime(ofExporters(select(prometheus.scrapeSamples)), '{{instance}}')],
}).decimals(0);

const feed = lines({
  id: 10,
  title: 'Live feed',
  description: 'Connected clients, and published operation events per second.',
  unit: units.Short,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(sum(series(catalogue.feedClients)), 'clients'),
    overTime(sum(rate(series(catalogue.feedEvents))), 'events'),
  ],
}).overrideByName('events', [{ id: 'unit', value: units.OpsPerSecond }]);

const feedDropped = stackedBars({
  id: 11,
  title: 'Dropped feed events',
  description:
    'coalesced: a slow client received a newer event instead. closed: a client was too slow and was disconnected. ' +
    'McpFeedDropping fires after ten minutes. Metrics are not affected.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.feedDropped)), 'reason'), '{{reason}}')],
});

const labelOverflow = stackedBars({
  id: 12,
  title: 'Label values over the limit',
  description:
    'Values counted as _OTHER because the label has too many (McpLabelOverflow). A common cause is a name with an id.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: 'No overflow',
  queries: [overTime(sum(rate(series(catalogue.labelOverflow)), 'label'), '{{label}}')],
});

const faults = stackedBars({
  id: 13,
  title: 'Faults',
  description:
    'Internal failures of the exporter, by part (McpExporterFaults). Its counts may be too low. The watched server is not affected.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.faults)), 'part'), '{{part}}')],
});

const limits = stackedBars({
  id: 19,
  title: 'Limits reached',
  description: 'Items truncated, refused or dropped because of a limit. docs/limits.md lists the limits.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: 'No limit reached',
  queries: [overTime(sum(rate(series(catalogue.limitReached)), 'limit'), '{{limit}}')],
});

const refusedRequests = stackedBars({
  id: 21,
  title: 'Refused requests',
  description:
    'Requests and WebSocket handshakes refused because of their Host, Origin or API key. Many wrong keys may be an attack.',
  unit: units.OpsPerSecond,
  size: WHOLE,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.refusedRequests)), 'reason'), '{{reason}}')],
});

const droppedLogLines = lines({
  id: 20,
  title: 'Dropped log lines',
  description: 'Log lines dropped because stderr was full, closed or not read, or because of the rate limit.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.droppedLogLines)), 'instance'), '{{instance}}')],
});

const notifications = stackedBars({
  id: 14,
  title: 'Alert notifications',
  description:
    'Notifications that the exporter itself sent to the webhook. Those of Alertmanager are not included.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.alertNotifications)), 'result'), '{{result}}')],
})
  .overrideByName('delivered', [coloured(palette.completed)])
  .overrideByName('failed', [coloured(palette.failed)])
  .overrideByName('dropped', [coloured(palette.cancelled)]);

const historyFallbacks = stackedBars({
  id: 15,
  title: 'Fallbacks to local history',
  description:
    'Summaries and trends from the exporter’s memory, because Prometheus (PROMETHEUS_URL) was unavailable.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.historyFallbacks)), 'reason'), '{{reason}}')],
});

const reporters = lines({
  id: 17,
  title: 'Reporters',
  description: 'Proxies and programs that reported to these exporters within the last 45 s.',
  unit: units.Short,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(series(catalogue.reporters), 'instance'), '{{instance}}')],
}).decimals(0);

const reportedEvents = stackedBars({
  id: 18,
  title: 'Reported events',
  description:
    'duplicate: resent because the first response did not arrive, or reported by a server and its proxy; it is counted ' +
    'once. lost: dropped by the reporter ' +
    '(McpReportsLost), so that counts are too low. Proxied servers are not affected.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.reportedEvents)), 'result'), '{{result}}')],
})
  .overrideByName('accepted', [coloured(palette.completed)])
  .overrideByName('lost', [coloured(palette.failed)])
  .overrideByName('duplicate', [coloured(palette.cancelled)]);

/** Scrapes, feed, reports, errors, limits and access. */
export const own = [
  section('Scrapes', scrapeDuration, scrapeSize),
  section('Live feed', feed, feedDropped),
  section('Reports', reporters, reportedEvents),
  section('Errors', labelOverflow, faults, notifications, historyFallbacks),
  section('Limits', limits, droppedLogLines),
  section('Access', refusedRequests),
];
