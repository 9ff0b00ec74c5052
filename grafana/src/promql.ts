import { exporterCatalogue, type MetricDefinition } from '../../src/metrics/catalogue.ts';

/** Label matchers: the label, then operator and value as PromQL has them (`{ error_type: '!=""' }`); or several. */
export type Matchers<Label extends string = string> = Readonly<Partial<Record<Label, string | string[]>>>;

/** Every selector is for the chosen jobs and instances. */
const CHOSEN = { job: '=~"$job"', instance: '=~"$instance"' };

/** The series of a metric that is not of the catalogue. */
export function select(name: string, matchers: Matchers = {}): string {
  return selector(name, { ...CHOSEN, ...matchers });
}

/** The series of a recording rule, or of an alert: they have a job, but no instance. */
export function selectRecorded(name: string, matchers: Matchers = {}): string {
  return selector(name, { job: CHOSEN.job, ...matchers });
}

/** Only exporters: every Node.js program, and Prometheus itself, tells of its process under the same names. */
export function ofExporters(expr: string): string {
  return `${expr} and on (job, instance) ${select(exporterCatalogue.buildInfo.name)}`;
}

/** Targets of jobs that have had an exporter in the time range: also those of an exporter that is down now. */
export function ofExporterJobs(expr: string): string {
  return `${expr} and on (job) last_over_time(${select(exporterCatalogue.buildInfo.name)}[$__range])`;
}

type Label<Metric extends MetricDefinition> = Metric['labels'][number];
type Plain = MetricDefinition & { readonly type: 'counter' | 'gauge' };
type Histogram = MetricDefinition & { readonly type: 'histogram' };

/** The series of a counter or a gauge of the catalogue. */
export function series<Metric extends Plain>(metric: Metric, matchers?: Matchers<Label<Metric>>): string {
  return select(metric.name, matchers);
}

/** How many observations a histogram has had. */
export function count<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_count`, matchers);
}

/** What a histogram's observations add up to. */
export function total<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_sum`, matchers);
}

/** A histogram's buckets. */
export function bucket<Metric extends Histogram>(metric: Metric, matchers?: Matchers<Label<Metric>>) {
  return select(`${metric.name}_bucket`, matchers);
}

/** Per second, over as short a time as the resolution of the panel allows. */
export function rate(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/** Over the whole time range of the dashboard, or from one point of a panel to the next. */
export function increase(counter: string, window: '$__range' | '$__rate_interval' = '$__range'): string {
  return `increase(${counter}[${window}])`;
}

export function sum(expr: string, ...by: string[]): string {
  return by.length === 0 ? `sum(${expr})` : `sum by (${by.join(', ')}) (${expr})`;
}

export function max(expr: string, ...by: string[]): string {
  return by.length === 0 ? `max(${expr})` : `max by (${by.join(', ')}) (${expr})`;
}

/** A quantile of the increments of a histogram's buckets; `le` is kept until it is used. */
export function quantile(q: number, increments: string, ...by: string[]): string {
  return `histogram_quantile(${q}, ${sum(increments, ...by, 'le')})`;
}

/**
 * The share of `part` in `whole`: 0 where a part is missing that has no series yet, and no number at all where there is
 * no traffic. 0 % of nothing would be good news that nobody has.
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
