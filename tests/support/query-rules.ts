import { substitute } from './grafana-queries.ts';
import { definitionOf, originOf } from './known-metrics.ts';
import { parsePromQl, type PromQl } from './promql.ts';

// What each query of a dashboard must satisfy. Each rule answers with what is wrong, nothing where all is well.

/** Durations that nobody writes, so that it shows where Grafana's stood; other variables stay as they are. */
const DURATIONS = { __rate_interval: '61001ms', __range: '61002ms', __interval: '61003ms' };
const CHOICES = ['job', 'instance', 'server', 'tool', 'operation'].map((name) => [name, `$${name}`]);

const COUNTS = /_(total|count|sum|bucket)$/;
const COUNTING = new Set(['rate', 'irate', 'increase']);

/** Labels that Prometheus adds to every series of a target. */
const OF_TARGET = ['job', 'instance'];

/** @throws SyntaxError where it is not PromQL once its variables are replaced */
export function parseQuery(expr: string): PromQl {
  return parsePromQl(substitute(expr, { ...DURATIONS, ...Object.fromEntries(CHOICES) }));
}

/** `rate` and `irate` over [$__rate_interval], `increase` over that or [$__range]. */
export function wrongRanges(expr: string): string[] {
  const { __rate_interval: rateInterval, __range: range } = DURATIONS;
  const allowed = (name: string) => (name === 'increase' ? [rateInterval, range] : [rateInterval]);
  return parseQuery(expr)
    .calls.filter(({ name, range: over }) => COUNTING.has(name) && !allowed(name).includes(over ?? ''))
    .map(({ text }) => text);
}

/** What only grows says nothing by itself: judged by the name, wherever it is written. */
export function bareCounters(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ metric = '' }) => COUNTS.test(metric))
    .filter(({ functions: [innermost = ''] }) => !COUNTING.has(innermost))
    .map(({ text }) => text);
}

/** Every selector is for the chosen jobs and instances; recorded series and alerts have no instance left. */
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

/** Two servers may each have a tool of the same name: what is by tool is by server, too. */
export function toolsWithoutServer(expr: string): string[] {
  return parseQuery(expr)
    .aggregations.filter(({ grouping }) => grouping === 'by')
    .filter(({ labels }) => labels.includes('gen_ai_tool_name') && !labels.includes('mcp_server_name'))
    .map(({ text }) => text);
}

/** Where exporters differ, the objective that asks for most holds, as in the rules. */
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

/** A quantile of buckets whose bounds are gone is none. */
export function quantilesWithoutBounds(expr: string): string[] {
  return parseQuery(expr)
    .aggregations.filter(({ functions }) => functions.includes('histogram_quantile'))
    .filter(({ grouping, labels }) => grouping === undefined || (grouping === 'by') !== labels.includes('le'))
    .map(({ text }) => text);
}

/** Prometheus 2 writes the bound `1`, Prometheus 3 `1.0`: no matcher may know but one of them. */
export function exactBounds(expr: string): string[] {
  return parseQuery(expr)
    .selectors.filter(({ matchers }) =>
      matchers.some(({ label, operator }) => label === 'le' && ['=', '!='].includes(operator)),
    )
    .map(({ text }) => text);
}

/** Series that nobody makes. */
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
