import { errorMessage } from '../errors.ts';
import type { Report, ReportAnswer } from './report-schema.ts';

/** What became of a report. */
export type ReportOutcome =
  | { readonly kind: 'accepted'; readonly answer: ReportAnswer }
  /** It is to be sent again, after so long at the least. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly reason: string }
  /** Nothing that is sent will be taken until somebody changes something. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** This one will never be taken. */
  | { readonly kind: 'invalid'; readonly reason: string };

export interface HubClientOptions {
  readonly hubUrl: string | URL;
  readonly apiKey: string | undefined;
  readonly fetch: typeof fetch;
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'the hub asks for another key: set MONITORING_API_KEY to its own',
  403: 'the hub does not allow this host: see its MONITORING_ALLOWED_HOSTS',
  404: 'there is no hub at that address, or one of an older version',
};

/** Posts reports to a hub. */
export class HubClient {
  readonly #options: HubClientOptions;
  readonly #url: URL;

  constructor(options: HubClientOptions) {
    this.#options = options;
    const base = new URL(options.hubUrl);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    this.#url = new URL('api/v1/report', base);
  }

  async post(report: Report, withinMs: number): Promise<ReportOutcome> {
    const { apiKey, fetch } = this.#options;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(report),
        signal: AbortSignal.timeout(withinMs),
        redirect: 'error',
      });
      return await outcomeOf(response);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { kind: 'again', afterMs: 0, reason: errorMessage(cause) || 'no connection' };
    }
  }
}

async function outcomeOf(response: Response): Promise<ReportOutcome> {
  const { status } = response;
  const text = await response.text();
  if (status === 200) return { kind: 'accepted', answer: JSON.parse(text) as ReportAnswer };
  const reason = REFUSALS[status];
  if (reason !== undefined) return { kind: 'refused', reason };
  if ([400, 413, 415].includes(status)) return { kind: 'invalid', reason: text.slice(0, 500) };
  const afterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
  return { kind: 'again', afterMs: afterMs > 0 ? afterMs : 0, reason: `HTTP status ${status}` };
}
