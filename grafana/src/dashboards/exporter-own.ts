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
    'How long Prometheus waited for the answer, and how long the exporter worked on it (p95). The rest is the way.',
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
    'Series per scrape: what Prometheus has to store. It grows with tools, error types and servers, up to a limit.',
  unit: units.Short,
  size: HALF,
  noValue: NONE,
  queries: [overTime(ofExporters(select(prometheus.scrapeSamples)), '{{instance}}')],
}).decimals(0);

const feed = lines({
  id: 10,
  title: 'Live feed',
  description: 'Clients of the feed, and operation events that went into it, per second.',
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
  title: 'Feed events that were dropped',
  description:
    'coalesced: a slow client got a newer event instead. closed: it was too slow and was shut out. For ten minutes, and ' +
    'McpFeedDropping fires. Metrics are not touched.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.feedDropped)), 'reason'), '{{reason}}')],
});

const labelOverflow = stackedBars({
  id: 12,
  title: 'Label values over the limit',
  description:
    'Values that are counted as _OTHER, as the label has too many (McpLabelOverflow). Often a name with an id in it.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: 'No label is full',
  queries: [overTime(sum(rate(series(catalogue.labelOverflow)), 'label'), '{{label}}')],
});

const faults = stackedBars({
  id: 13,
  title: 'Faults',
  description:
    'Failures inside a part of the exporter (McpExporterFaults). Its numbers may be too small; the watched server is not affected.',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.faults)), 'part'), '{{part}}')],
});

const limits = stackedBars({
  id: 19,
  title: 'Limits reached',
  description:
    'Items that were cut, refused or dropped because a limit was reached. docs/limits.md lists the limits.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: 'No limit was reached',
  queries: [overTime(sum(rate(series(catalogue.limitReached)), 'limit'), '{{limit}}')],
});

const refusedRequests = stackedBars({
  id: 21,
  title: 'Refused requests',
  description:
    'Requests and WebSocket handshakes refused for their Host, their Origin or their API key. Many wrong keys are somebody who guesses.',
  unit: units.OpsPerSecond,
  size: WHOLE,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.refusedRequests)), 'reason'), '{{reason}}')],
});

const droppedLogLines = lines({
  id: 20,
  title: 'Dropped log lines',
  description:
    'Log lines that were lost because stderr was full, closed or not read, or because there were too many.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.droppedLogLines)), 'instance'), '{{instance}}')],
});

const notifications = stackedBars({
  id: 14,
  title: 'Alert notifications',
  description:
    'What the exporter itself posted to the webhook; with Alertmanager, it is Alertmanager that posts.',
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
  title: 'Answers without Prometheus',
  description:
    'Summaries and trends that came from this process alone, as Prometheus did not answer (PROMETHEUS_URL).',
  unit: units.OpsPerSecond,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.historyFallbacks)), 'reason'), '{{reason}}')],
});

const reporters = lines({
  id: 17,
  title: 'Reporters',
  description:
    'Proxies and programs that report to these exporters and were heard of within the last 45 s. One that ends says so; ' +
    'one that is cut off stays for so long.',
  unit: units.Short,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(series(catalogue.reporters), 'instance'), '{{instance}}')],
}).decimals(0);

const reportedEvents = stackedBars({
  id: 18,
  title: 'Reported events',
  description:
    'duplicate: sent again, as the answer to the first did not arrive, and counted once. lost: dropped by who reported ' +
    '(McpReportsLost), so that some numbers here are too small. Proxied servers are not touched.',
  unit: units.OpsPerSecond,
  size: HALF,
  noValue: NONE,
  queries: [overTime(sum(rate(series(catalogue.reportedEvents)), 'result'), '{{result}}')],
})
  .overrideByName('accepted', [coloured(palette.completed)])
  .overrideByName('lost', [coloured(palette.failed)])
  .overrideByName('duplicate', [coloured(palette.cancelled)]);

/** What scrapes cost, what others report, and what the exporter failed at. */
export const own = [
  section('Scrapes', scrapeDuration, scrapeSize),
  section('Live feed', feed, feedDropped),
  section('Reports', reporters, reportedEvents),
  section('Errors', labelOverflow, faults, notifications, historyFallbacks),
  section('Limits', limits, droppedLogLines),
  section('Access', refusedRequests),
];
