export const PROCESS_START = 'process_start_time_seconds';

/** Selects the duration histogram with the labels `operation` and `status`. */
export interface HistogramSelection {
  /** Metric name without `_bucket`. */
  readonly histogram: string;
  readonly job: string;
  /** Undefined for all operations. */
  readonly operation: string | undefined;
}

/** Selects buckets and sum together, so that they come from the same scrape. The sum has no `le`. */
export function countersOf({ histogram, job, operation }: HistogramSelection, ...matchers: string[]): string {
  const name = `__name__=~"${histogram}_(bucket|sum)"`;
  const ofOperation = operation === undefined ? [] : [equals('operation', operation)];
  return `{${[name, equals('job', job), ...ofOperation, ...matchers].join(', ')}}`;
}

export function startsOf(job: string, ...matchers: string[]): string {
  return `${PROCESS_START}{${[equals('job', job), ...matchers].join(', ')}}`;
}

/** The sum over all instances. */
export function sumOf(counters: string): string {
  return `sum by (operation, status, le) (${counters})`;
}

/** A label matcher for any value. */
export function equals(label: string, value: string): string {
  // PromQL uses Go's string syntax, which includes JSON's escapes. Lone surrogates are invalid there, and are U+FFFD on
  // /metrics. PromQL accepts U+FFFD only as an escape.
  const text = JSON.stringify(value.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  return `${label}=${text.replaceAll('\uFFFD', String.raw`\uFFFD`)}`;
}
