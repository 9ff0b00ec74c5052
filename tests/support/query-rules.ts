import { substitute } from './grafana-queries.ts';
import { definitionOf, originOf } from './known-metrics.ts';
import { parsePromQl, type PromQl } from './promql.ts';

// Rules for each query of a dashboard. Each rule returns the problems of a query, or none.

/** Unusual durations that mark the positions of Grafana's variables. Other variables are not replaced. */
const DURATIONS = { __rate_interval: '61001ms', __range: '61002ms', __interval: '61003ms' };
const CHOICES = ['job', 'instance', 'server', 'tool', 'operation'].map((name) => [name, `$${name}`]);

const COUNTS = /_(total|count|sum|bucket)$/;
const COUNTING = new Set(['rate', 'irate', 'increase']);

/** Labels that Prometheus adds to every series of a target. */
const OF_TARGET = ['job', 'instance'];

/** @throws SyntaxError if the expression is not PromQL after its variables are replaced */
export function parseQuery(expr: string): PromQl {
  return parsePromQl(substitute(expr, { ...DURATIONS, ...Object.fromEntries(CHOICES) }));
}

/** `rate` and `irate` use [$__rate_interval], `increase` uses [$__rate_interval] or [$__range]. */
export function wrongRanges(expr: string): string[] {
  const { __rate_interval: rateInterval, __range: range } = DURATIONS;
  const allowed = (name: string) => (name === 'increase' ? [rateInterval, range] : [rateInterval]);
  return parseQuery(expr)
    .calls.filter(({ name, range: over }) => COUNTING.has(name) && !allowed(name).includes(over ?? ''))
    .map(({ text }) => text);
}

/** A counter, recognized by its name, must not be read without a rate or an increase. */
export function bareCounters(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ metric = '' }) => COUNTS.test(metric))
    .filter(({ functions: [innermost = ''] }) => !COUNTING.has(innermost))
    .map(({ text }) => text);
}

/** Every selector uses the selected jobs and instances. Recorded series and alerts have no instance. */
export function unchosenSelectors(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ metric = '', matchers }) => {
      const needed = keepsInstance(metric) ? OF_TARGET : ['job'];
      return !needed.every((label) =>
        matchers.some((one) => one.label === label && one.operator === '=~' && one.value === `$${label}`),
      );
    })
    .map(({ text }) => text);
}

/** Servers may have tools of the same name, so a query by tool must also be by server. */
export function toolsWithoutServer(expr: string): string[] {
  return parseQuery(expr)
    .aggregations.filter(({ grouping }) => grouping === 'by')
    .filter(({ labels }) => labels.includes('gen_ai_tool_name') && !labels.includes('mcp_server_name'))
    .map(({ text }) => text);
}

/** If exporters have different objectives, the highest applies, as in the rules. */
export function lenientObjectives(expr: string): string[] {
  const { aggregations } = parseQuery(expr);
  return aggregations
    .filter(
      ({ operator, text }) =>
        operator !== 'max' &&
        /^\w+(?: by \([^)]*\))? *\((?:last_over_time\()?mcp_exporter_slo_objective_ratio\b/.test(text),
    )
    .map(({ text }) => text);
}

/** A quantile needs the buckets' label `le`. */
export function quantilesWithoutBounds(expr: string): string[] {
  return parseQuery(expr)
    .aggregations.filter(({ functions }) => functions.includes('histogram_quantile'))
    .filter(({ grouping, labels }) => grouping === undefined || (grouping === 'by') !== labels.includes('le'))
    .map(({ text }) => text);
}

/** Prometheus 2 writes the bound as `1`, Prometheus 3 as `1.0`. Matchers must accept both. */
export function exactBounds(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ matchers }) =>
      matchers.some(({ label, operator }) => label === 'le' && ['=', '!='].includes(operator)),
    )
    .map(({ text }) => text);
}

/** Series that nothing creates. */
export function unknownSeries(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ metric = '' }) => originOf(metric) === undefined)
    .map(({ text }) => text);
}

/** Labels that a metric of the catalogue does not have. */
export function unknownLabels(expr: string): string[] {
  return parseQuery(expr).selectors.flatMap(({ metric = '', matchers }) => {
    const definition = definitionOf(metric);
    if (!definition) return [];
    const known = new Set([...definition.labels, ...OF_TARGET, 'le']);
    return matchers.filter(({ label }) => !known.has(label)).map(({ label }) => `${metric}: ${label}`);
  });
}

function keepsInstance(metric: string): boolean {
  return originOf(metric) !== 'recorded' && !metric.startsWith('ALERTS');
}
