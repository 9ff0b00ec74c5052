import { exporterCatalogue, protocolCatalogue, type MetricDefinition } from '../../src/metrics/catalogue.ts';

/** Label matchers: for each label, one or more operators with values in PromQL syntax (`{ error_type: '!=""' }`). */
export type Matchers<Label extends string = string> = Readonly<Partial<Record<Label, string | string[]>>>;

/** All selectors use the selected jobs and instances. */
const SELECTED = { job: '=~"$job"', instance: '=~"$instance"' };

/** Selects a metric that is not in the catalogue. */
export function select(name: string, matchers: Matchers = {}): string {
  return selector(name, { ...SELECTED, ...matchers });
}

/** Selects a recording rule or an alert, which have no label `instance`. */
export function selectRecorded(name: string, matchers: Matchers = {}): string {
  return selector(name, { job: SELECTED.job, ...matchers });
}

/** Restricts process metrics to exporters, because other programs have metrics with the same names. */
export function ofExporters(expr: string): string {
  return `${expr} and on (job, instance) ${select(exporterCatalogue.buildInfo.name)}`;
}

/** Restricts to jobs that had an exporter in the time range, so that exporters that are down are included. */
export function ofExporterJobs(expr: string): string {
  return `${expr} and on (job) last_over_time(${select(exporterCatalogue.buildInfo.name)}[$__range])`;
}

/** Restricts to exporters that had a server with `matchers` in the time range, or no server at all. */
export function ofExportersOf(matchers: Matchers, expr: string): string {
  const { name } = protocolCatalogue.serverInfo;
  return (
    `(${expr} and on (job, instance) last_over_time(${select(name, matchers)}[$__range]) ` +
    `or ${expr} unless on (job, instance) last_over_time(${select(name)}[$__range]))`
  );
}

type Label<Metric extends MetricDefinition> = Metric['labels'][number];
type Plain = MetricDefinition & { readonly type: 'counter' | 'gauge' };
type Histogram = MetricDefinition & { readonly type: 'histogram' };

/** Selects a counter or gauge of the catalogue. */
export function series<Metric extends Plain>(metric: Metric, matchers?: Matchers<Label<Metric>>): string {
  return select(metric.name, matchers);
}

/** Selects a histogram's number of observations. */
export function count<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_count`, matchers);
}

/** Selects a histogram's sum. */
export function total<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_sum`, matchers);
}

/** Selects a histogram's buckets. */
export function bucket<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_bucket`, matchers);
}

/**
 * Keeps the first point of each series of `exprAt`, where it begins. `exprAt('')` is the expression, and `exprAt(offset)`
 * the same with `offset` after each selector.
 */
export function begins(exprAt: (offset: string) => string): string {
  return `${exprAt('')} unless ${exprAt(' offset $__interval')}`;
}

/** Rate per second, over the shortest time that the panel's resolution allows. */
export function rate(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/** Increase over the dashboard's time range, or from one point to the next. */
export function increase(counter: string, window: '$__range' | '$__rate_interval' = '$__range'): string {
  return `increase(${counter}[${window}])`;
}

export function sum(expr: string, ...by: string[]): string {
  return by.length === 0 ? `sum(${expr})` : `sum by (${by.join(', ')}) (${expr})`;
}

export function max(expr: string, ...by: string[]): string {
  return by.length === 0 ? `max(${expr})` : `max by (${by.join(', ')}) (${expr})`;
}

/** A quantile of a histogram's buckets. */
export function quantile(q: number, increments: string, ...by: string[]): string {
  return `histogram_quantile(${q}, ${sum(increments, ...by, 'le')})`;
}

/**
 * The ratio of `part` to `whole`. A missing part counts as 0. Without traffic there is no number, because 0 % would be
 * misleading.
 */
export function ratio(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / ${whole}`;
}

function selector(name: string, matchers: Matchers): string {
  const texts = Object.entries(matchers).flatMap(([label, matcher]) =>
    [matcher].flat().map((text) => `${label}${text}`),
  );
  return `${name}{${texts.join(', ')}}`;
}
