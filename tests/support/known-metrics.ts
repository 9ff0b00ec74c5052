import {
  exporterCatalogue,
  pipelineCatalogue,
  protocolCatalogue,
  type MetricDefinition,
} from '../../src/metrics/catalogue.ts';
import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import { parsePromQl } from './promql.ts';
import { readYaml } from './repository-file.ts';

export const catalogue: readonly MetricDefinition[] = [
  protocolCatalogue,
  pipelineCatalogue,
  exporterCatalogue,
].flatMap((part) => Object.values(part));

/** Series that Prometheus itself creates for each target and each alert. */
const OF_PROMETHEUS = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
  'ALERTS',
  'ALERTS_FOR_STATE',
]);

/** The series of each metric of the catalogue, with their labels. */
const ofCatalogue = new Map(
  catalogue.flatMap((metric) => seriesOf(metric).map((name) => [name, metric] as const)),
);

/** The process metrics of a running exporter, which removes some of prom-client's. */
const ofProcess = await processSeries();

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** The series that prometheus/rules/recording.yml records. */
const recordingRules = (
  readYaml('prometheus/rules/recording.yml') as { groups: { rules: RecordingRule[] }[] }
).groups.flatMap(({ rules }) => rules);

const recorded = new Set(recordingRules.map(({ record }) => record));

/** The source of a series; undefined if nothing creates it. */
export function originOf(series: string): 'catalogue' | 'process' | 'prometheus' | 'recorded' | undefined {
  if (ofCatalogue.has(series)) return 'catalogue';
  if (ofProcess.has(series)) return 'process';
  if (OF_PROMETHEUS.has(series)) return 'prometheus';
  return recorded.has(series) ? 'recorded' : undefined;
}

/** The metric of the catalogue that a series belongs to. */
export function definitionOf(series: string): MetricDefinition | undefined {
  return ofCatalogue.get(series);
}

/** The names of the series in an expression. */
export function metricsIn(expr: string): string[] {
  return parsePromQl(expr).selectors.map(({ metric = '' }) => metric);
}

function seriesOf({ name, type }: MetricDefinition): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
}

async function processSeries(): Promise<Set<string>> {
  const collector = new MetricsCollector();
  collector.collectProcessMetrics();
  const { body } = await collector.expose();
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const names = types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  return new Set(names);
}
