import { exporterCatalogue, pipelineCatalogue, protocolCatalogue } from '../../src/metrics/catalogue.ts';
import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import { parsePromQl } from './promql.ts';
import { recordingRules } from './rule-files.ts';

const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };
const seriesOf = ({ name, type }: { name: string; type: string }) =>
  (SUFFIXES[type] ?? ['']).map((suffix) => name + suffix);

const own = [protocolCatalogue, pipelineCatalogue, exporterCatalogue].flatMap((part) => Object.values(part));

/** What a scrape of a running exporter holds. */
async function scrapedSeries(): Promise<string[]> {
  const collector = new MetricsCollector();
  collector.collectProcessMetrics();
  const { body } = await collector.expose();
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return types.flatMap(([, name = '', type = '']) => seriesOf({ name, type }));
}

/** What Prometheus has by itself, of its targets, alerts and notifications. */
const PROMETHEUS = ['up', 'ALERTS', 'ALERTS_FOR_STATE', 'prometheus_notifications_dropped_total'];

/** Every series that a query may ask for. */
export const knownSeries: ReadonlySet<string> = new Set([
  ...own.flatMap(seriesOf),
  ...(await scrapedSeries()),
  ...recordingRules.map(({ record }) => record),
  ...PROMETHEUS,
]);

/** The series that an expression asks for, in their order; it throws where one has no name. */
export function seriesIn(expr: string): string[] {
  return parsePromQl(expr).selectors.map(({ metric, text }) => {
    if (metric === undefined) throw new Error(`expected a series by name, got ${text}`);
    return metric;
  });
}

/** A series and all that it is made of, down to what is scraped. */
export function sourcesOf(series: string): Set<string> {
  const made = recordingRules.filter(({ record }) => record === series);
  const sources = made.flatMap(({ expr }) => seriesIn(expr)).flatMap((source) => [...sourcesOf(source)]);
  return new Set([series, ...sources]);
}
