import { z } from 'zod';

import type { Sample } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';

const labels = z.record(z.string(), z.string());
/** Prometheus encodes numbers as strings. NaN and infinities are rejected, because the exporter never measures them. */
const decimal = z.string().regex(/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i);
const sample = z.tuple([z.number(), decimal.transform(Number)]);
const vectorAnswer = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: labels, value: sample })),
});
const matrixAnswer = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: labels, values: z.array(sample) })),
});
const success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [vectorAnswer, matrixAnswer]),
  // Infos do not affect the numbers, so they are accepted.
  warnings: z.array(z.string()).nullish(),
  /** VictoriaMetrics: some of its storage nodes did not answer. */
  isPartial: z.boolean().nullish(),
});
const failure = z.object({ error: z.string() });

/**
 * The samples of a response of Prometheus' API.
 *
 * @throws HistoryUnavailable `refused` for an error or another response, `incomplete` for a response with warnings
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function parseAnswer({ status, text }: { readonly status: number; readonly text: string }): Sample[] {
  const body = parseJson(text);
  const answer = success.safeParse(body).data;
  if (status !== 200 || !answer) {
    const said = failure.safeParse(body).data?.error ?? 'not a response of the Prometheus API';
    throw new HistoryUnavailable('refused', `answered ${status}: ${shortened(said)}`);
  }
  const { data, warnings, isPartial } = answer;
  if (warnings?.length)
    throw new HistoryUnavailable('incomplete', `warned: ${shortened(warnings.join('; '))}`);
  if (isPartial) throw new HistoryUnavailable('incomplete', 'answered with a part of the data');
  const series = seriesOf(data);
  if (new Set(series.map(({ metric }) => identityOf(metric))).size < series.length) {
    throw new HistoryUnavailable('incomplete', 'sent a series twice');
  }
  return series.flatMap(({ metric, values }) =>
    values.map(([time, value]) => ({ labels: metric, timeMs: Math.round(time * 1000), value })),
  );
}

interface Series {
  readonly metric: Record<string, string>;
  readonly values: [seconds: number, value: number][];
}

function seriesOf({ resultType, result }: z.infer<typeof success>['data']): Series[] {
  return resultType === 'matrix' ? result : result.map(({ metric, value }) => ({ metric, values: [value] }));
}

function identityOf(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.slice(0, 300);
}
