import { unescape } from 'node:querystring';

import { z } from 'zod';

import { errorMessage } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { readResponseText, type ResponseText } from '../outbound/response-text.ts';
import { HistoryUnavailable } from './history-unavailable.ts';

/** Longer than a healthy Prometheus needs, but acceptable for a person who waits. */
const TIMEOUT_MS = 3000;

const labels = z.record(z.string(), z.string());
// Prometheus encodes numbers as strings. NaN and infinities are rejected, because the exporter never measures them.
const sample = z.tuple([z.number(), z.string().transform(Number).pipe(z.number())]);
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
});
const failure = z.object({ error: z.string() });

/** One value of one series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly value: number;
}

/** Evaluation times of an expression in milliseconds, including both ends. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/**
 * Queries Prometheus 2 or 3. User and password in its URL become a header, and are never part of an error message.
 *
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export class PrometheusClient {
  readonly #base: URL;
  readonly #headers: Record<string, string> = {};
  readonly #onLimit: OnLimit;

  /** @param url - includes the path prefix of Prometheus, if any */
  constructor(url: string, onLimit: OnLimit = () => undefined) {
    this.#onLimit = onLimit;
    const { origin, pathname, username, password } = new URL(url);
    this.#base = new URL(pathname.endsWith('/') ? pathname : `${pathname}/`, origin);
    if (username === '' && password === '') return;
    const credentials = Buffer.from(`${unescape(username)}:${unescape(password)}`).toString('base64');
    this.#headers['Authorization'] = `Basic ${credentials}`;
  }

  /** Its URL without credentials, for messages. */
  get #name(): string {
    return `Prometheus at ${this.#base.href}`;
  }

  /** @throws HistoryUnavailable */
  query(expression: string, timeMs: number): Promise<Sample[]> {
    return this.#post('api/v1/query', { query: expression, time: seconds(timeMs) });
  }

  /** @throws HistoryUnavailable */
  queryRange(expression: string, { startMs, endMs, stepMs }: TimeRange): Promise<Sample[]> {
    const range = { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
    return this.#post('api/v1/query_range', { query: expression, ...range });
  }

  async #post(path: string, parameters: Record<string, string>): Promise<Sample[]> {
    const { status, text, isCut } = await this.#send(path, new URLSearchParams(parameters));
    if (isCut) {
      this.#onLimit('prometheus_response');
      const max = LIMITS.prometheus_response.max;
      throw new HistoryUnavailable('refused', `the response of ${this.#name} is longer than ${max} bytes`);
    }
    const body = parseJson(text);
    const answer = success.safeParse(body);
    if (status === 200 && answer.success) return samplesOf(answer.data);
    const said = failure.safeParse(body).data?.error.slice(0, 300) ?? 'not a response of the Prometheus API';
    throw new HistoryUnavailable('refused', `${this.#name} answered ${status}: ${said}`);
  }

  async #send(path: string, body: URLSearchParams): Promise<ResponseText & { status: number }> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // A redirected POST would become a GET without its query, so redirects are errors.
    const request = { method: 'POST', headers: this.#headers, body, signal, redirect: 'manual' } as const;
    try {
      const response = await fetch(new URL(path, this.#base), request);
      return {
        status: response.status,
        ...(await readResponseText(response, LIMITS.prometheus_response.max)),
      };
    } catch (cause) {
      if (signal.aborted) {
        const message = `${this.#name} did not answer within ${TIMEOUT_MS} ms`;
        throw new HistoryUnavailable('timeout', message, { cause });
      }
      const message = `${this.#name} is unreachable: ${rootMessage(cause)}`;
      throw new HistoryUnavailable('unreachable', message, { cause });
    }
  }
}

function samplesOf({ data }: z.infer<typeof success>): Sample[] {
  const series: { metric: Record<string, string>; values: [number, number][] }[] =
    data.resultType === 'matrix'
      ? data.result
      : data.result.map(({ metric, value }) => ({ metric, values: [value] }));
  return series.flatMap(({ metric, values }) =>
    values.map(([time, value]) => ({ labels: metric, timeMs: Math.round(time * 1000), value })),
  );
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The cause of `fetch failed`. A name with several addresses has one error for each, below an empty one. */
function rootMessage(error: unknown): string {
  const cause = (error instanceof Error ? error.cause : undefined) ?? error;
  return errorMessage(cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause);
}
