import * as units from '@grafana/grafana-foundation-sdk/units';

import { exporterCatalogue } from '../../../src/metrics/catalogue.ts';
import { alertLimits } from '../alert-limits.ts';
import { runtime } from '../foreign-series.ts';
import { section } from '../layout.ts';
import { palette } from '../palette.ts';
import { coloured } from '../panels/field-properties.ts';
import { table } from '../panels/table.ts';
import { lines, stackedBars, withLimits } from '../panels/timeseries.ts';
import { max, ofExporters, rate, select, series, sum } from '../promql.ts';
import { overTime, tableRows } from '../query.ts';

const HALF = [12, 7] as const;
const QUARTER = [6, 7] as const;
const NONE = 'No exporter';

/** A process gauge of each exporter. */
const gauge = (name: string) => ofExporters(select(name));
const perSecond = (name: string) => ofExporters(rate(select(name)));

const instances = table(
  {
    id: 1,
    title: 'Exporters',
    description: 'Running exporters with version, start time and memory.',
    unit: units.Short,
    size: HALF,
    noValue: NONE,
    queries: [
      tableRows(max(series(exporterCatalogue.buildInfo), 'instance', 'version', 'node_version')),
      tableRows(max(ofExporters(`${select(runtime.startTime)} * 1000`), 'instance')),
      tableRows(max(gauge(runtime.residentMemory), 'instance')),
    ],
  },
  [
    { field: 'instance', title: 'Instance' },
    { field: 'version', title: 'Version' },
    { field: 'node_version', title: 'Node.js' },
    { field: 'Value #B', title: 'Started', properties: [{ id: 'unit', value: units.DateTimeFromNow }] },
    { field: 'Value #C', title: 'Memory', properties: [{ id: 'unit', value: units.BytesIEC }] },
  ],
);

const uptime = lines({
  id: 2,
  title: 'Uptime',
  description: 'Each drop is a restart. Three restarts in 15 minutes fire McpExporterCrashLoop.',
  unit: units.Seconds,
  size: HALF,
  noValue: NONE,
  queries: [overTime(`time() - ${gauge(runtime.startTime)}`, '{{instance}}')],
});

const cpu = stackedBars({
  id: 3,
  title: 'CPU',
  description: 'User and system CPU time of the selected exporters. 100 % is one core.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: NONE,
  queries: [
    overTime(sum(perSecond(runtime.cpuUser)), 'user'),
    overTime(sum(perSecond(runtime.cpuSystem)), 'system'),
  ],
})
  .overrideByName('user', [coloured(palette.neutral)])
  .overrideByName('system', [coloured(palette.second)]);

const loopUtilisation = lines({
  id: 16,
  title: 'Event loop utilization',
  description: 'Share of time that the event loop is busy. Near 100 %, all work in the process is delayed.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(rate(series(exporterCatalogue.eventLoopActive)), '{{instance}}')],
});

const loopLag = withLimits(
  lines({
    id: 4,
    title: 'Event loop lag',
    description:
      'p50 and p99 delay of the event loop since the previous scrape. Above 0.25 s (dashed), McpEventLoopLag fires, and measured ' +
      'durations are too long.',
    unit: units.Seconds,
    size: QUARTER,
    noValue: NONE,
    queries: [
      overTime(gauge(runtime.loopLagP50), 'p50 {{instance}}'),
      overTime(gauge(runtime.loopLagP99), 'p99 {{instance}}'),
    ],
  }),
  [alertLimits.loopLagSeconds],
);

const garbage = stackedBars({
  id: 5,
  title: 'Garbage collection',
  description:
    'Share of time spent on garbage collection, by kind. A high share of `major` means that the heap is nearly full.',
  unit: units.PercentUnit,
  size: QUARTER,
  noValue: NONE,
  queries: [overTime(sum(perSecond(runtime.gcDurationSum), 'kind'), '{{kind}}')],
});

const memory = lines({
  id: 6,
  title: 'Memory',
  description: 'Resident memory and heap of the process. Permanent growth of both is a memory leak.',
  unit: units.BytesIEC,
  size: HALF,
  noValue: NONE,
  queries: [
    overTime(gauge(runtime.residentMemory), 'resident {{instance}}'),
    overTime(gauge(runtime.heapTotal), 'heap {{instance}}'),
    overTime(gauge(runtime.heapUsed), 'heap used {{instance}}'),
    overTime(gauge(runtime.externalMemory), 'buffers {{instance}}'),
  ],
});

const fileDescriptors = lines({
  id: 7,
  title: 'File descriptors',
  description: 'Open files and connections as a share of the limit. At 100 %, no client can connect.',
  unit: units.PercentUnit,
  size: HALF,
  noValue: 'Not available on this system',
  queries: [overTime(ofExporters(`${select(runtime.openFds)} / ${select(runtime.maxFds)}`), '{{instance}}')],
});

/** Utilization and saturation of the process. */
export const process = [
  section('Exporters', instances, uptime),
  section('CPU and event loop', cpu, loopUtilisation, loopLag, garbage),
  section('Memory and files', memory, fileDescriptors),
];
