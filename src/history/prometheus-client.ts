import { unescape } from 'node:querystring';

import { connectionErrorMessage } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { createOutboundFetch } from '../outbound/outbound-fetch.ts';
import { readResponseText } from '../outbound/response-text.ts';
import { checkedSamples, withCheck, type Sample, type TimeRange } from './checked-query.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { parseAnswer } from './prometheus-answer.ts';

/** Longer than a healthy Prometheus needs, but acceptable for a person who waits. */
const TIMEOUT_MS = 3000;

/**
 * Parameters that make other implementations answer like Prometheus. An implementation ignores the ones of the others.
 * - `lookback_delta` (Prometheus, Thanos) and `max_lookback` (VictoriaMetrics): maximum age of a current value.
 * - `partial_response`, `max_source_resolution` (Thanos): no answers from a part of the stores or from downsampled data.
 * - `nocache`, `latency_offset` (VictoriaMetrics): no aligned times, and no delay of the latest values.
 */
const LIKE_PROMETHEUS = {
  lookback_delta: '5m',
  max_lookback: '5m',
  partial_response: 'false',
  max_source_resolution: '0s',
  nocache: '1',
  latency_offset: '1ms',
};

/**
 * Queries Prometheus 2 or 3. User and password in its URL become a header, and are never part of an error message.
 *
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export class PrometheusClient {
  readonly #base: URL;
  readonly #headers: Record<string, string> = {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  readonly #fetch = createOutboundFetch({ keepAlive: true, isBackground: false });
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
    const range = { startMs: timeMs, endMs: timeMs, stepMs: 1 };
    return this.#checked('api/v1/query', expression, { time: seconds(timeMs) }, range);
  }

  /** @throws HistoryUnavailable */
  queryRange(expression: string, range: TimeRange): Promise<Sample[]> {
    const { startMs, endMs, stepMs } = range;
    const times = { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
    return this.#checked('api/v1/query_range', expression, times, range);
  }

  async #checked(
    path: string,
    expression: string,
    times: Readonly<Record<string, string>>,
    range: TimeRange,
  ): Promise<Sample[]> {
    const form = new URLSearchParams({ ...LIKE_PROMETHEUS, ...times, query: withCheck(expression) });
    const response = await this.#send(path, form);
    try {
      return checkedSamples(parseAnswer(response), range);
    } catch (error) {
      if (!(error instanceof HistoryUnavailable)) throw error;
      throw new HistoryUnavailable(error.reason, `${this.#name} ${error.message}`);
    }
  }

  async #send(path: string, form: URLSearchParams): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = { method: 'POST', headers: this.#headers, body: form.toString(), signal };
    const { max } = LIMITS.prometheus_response;
    try {
      const response = await this.#fetch(new URL(path, this.#base), request);
      const { text, isCut } = await readResponseText(response, max);
      if (!isCut) return { status: response.status, text };
    } catch (cause) {
      if (signal.aborted) {
        const message = `${this.#name} did not answer within ${TIMEOUT_MS} ms`;
        throw new HistoryUnavailable('timeout', message, { cause });
      }
      const message = `${this.#name} is unreachable: ${rootMessage(cause)}`;
      throw new HistoryUnavailable('unreachable', message, { cause });
    }
    this.#onLimit('prometheus_response');
    throw new HistoryUnavailable('refused', `the response of ${this.#name} is longer than ${max} bytes`);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** The cause of `fetch failed`. */
function rootMessage(error: unknown): string {
  return connectionErrorMessage((error instanceof Error ? error.cause : undefined) ?? error);
}
