import { errorMessage } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import { readResponseText, type ResponseText } from '../outbound/response-text.ts';
import type { BackgroundFetch } from './background-fetch.ts';
import { reportAnswerSchema, type ReportAnswer } from './report-schema.ts';

/** What became of a report. */
export type ReportOutcome =
  | { readonly kind: 'accepted'; readonly answer: ReportAnswer }
  /** It is to be sent again, after so long at the least: the hub is away, or asks to slow down. */
  | { readonly kind: 'away' | 'busy'; readonly afterMs: number; readonly reason: string }
  /** Nothing that is sent will be taken until somebody changes something. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** This one will never be taken. */
  | { readonly kind: 'invalid'; readonly reason: string };

export interface HubClientOptions {
  readonly hubUrl: string | URL;
  readonly apiKey: string | undefined;
  readonly fetch: BackgroundFetch;
  readonly onLimit: OnLimit;
}

const NO_HUB = 'there is no hub at that address, or one of an older version';
const TOO_LONG = `its response is longer than ${LIMITS.hub_response.max} bytes: ${NO_HUB}`;
const REFUSALS: Readonly<Record<number, string>> = {
  401: 'the hub asks for another key: set MONITORING_API_KEY to its own',
  403: 'the hub does not allow this host: see its MONITORING_ALLOWED_HOSTS',
};
/** The report itself is what is wrong: not JSON, too large, of another type, not a report. */
const INVALID = new Set([400, 413, 415, 422]);
/** Whoever asks for more has forgotten us. */
const LONGEST_WAIT_MS = 60_000;

/** Posts reports to a hub, one at a time. */
export class HubClient {
  readonly #options: HubClientOptions;
  readonly #url: URL;
  #underWay: AbortController | null = null;

  constructor(options: HubClientOptions) {
    this.#options = options;
    const base = new URL(options.hubUrl);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    this.#url = new URL('api/v1/report', base);
  }

  /** Never rejects. */
  async post(body: string, withinMs: number): Promise<ReportOutcome> {
    const { apiKey, fetch } = this.#options;
    const underWay = new AbortController();
    const timer = setTimeout(
      () => underWay.abort(new Error(`no answer in ${withinMs} ms`)),
      withinMs,
    ).unref();
    this.#underWay = underWay;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` }),
        },
        body,
        signal: underWay.signal,
      });
      const read = await readResponseText(response, LIMITS.hub_response.max);
      if (read.isCut) this.#options.onLimit('hub_response');
      return outcomeOf(response, read);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { kind: 'away', afterMs: 0, reason: errorMessage(cause) || 'no connection' };
    } finally {
      clearTimeout(timer);
      this.#underWay = null;
    }
  }

  /** Gives up what is under way. */
  abort(): void {
    this.#underWay?.abort(new Error('there is no more time'));
  }
}

function outcomeOf({ status, headers }: Response, { text, isCut }: ResponseText): ReportOutcome {
  if (status === 200 && isCut) return { kind: 'refused', reason: TOO_LONG };
  if (status === 200) {
    const answer = readAnswer(text);
    return answer ? { kind: 'accepted', answer } : { kind: 'refused', reason: NO_HUB };
  }
  if (INVALID.has(status)) return { kind: 'invalid', reason: text.slice(0, 500) };
  if (status === 429 || status >= 500) {
    const kind = status === 429 ? 'busy' : 'away';
    return { kind, afterMs: waitOf(headers.get('retry-after')), reason: `HTTP status ${status}` };
  }
  return { kind: 'refused', reason: REFUSALS[status] ?? NO_HUB };
}

/** Anything may listen at an address, and say 200 to everything. */
function readAnswer(text: string): ReportAnswer | null {
  try {
    return reportAnswerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** In milliseconds; 0 where the header gives no seconds (RFC 9110, section 10.2.3). */
function waitOf(retryAfter: string | null): number {
  return Math.min(Number(/^\d+$/.exec(retryAfter ?? '')?.[0] ?? 0) * 1000, LONGEST_WAIT_MS);
}
