import { errorMessage } from '../errors.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import type { OutboundFetch } from '../outbound/outbound-fetch.ts';
import { readResponseText, type ResponseText } from '../outbound/response-text.ts';
import { parseRetryAfter } from '../outbound/retry-after.ts';
import type { PostFailure, PostResult } from '../outbound/retrying-post.ts';
import type { ConfigWith } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';

/** Why the hub did not accept a report that will be resent. */
export interface HubFailure extends PostFailure {
  /** `refused`: the hub accepts nothing until a setting is changed. `busy`: it asks to slow down. */
  readonly kind: 'unreachable' | 'busy' | 'refused';
}

/** The result of a report that will not be resent. */
export type HubAnswer =
  | { readonly kind: 'accepted'; readonly bootId: string }
  /** The hub will never accept this report. */
  | { readonly kind: 'invalid'; readonly reason: string };

/** The hub's address, and its key if it requires one. */
export type HubSettings = Pick<ConfigWith<'hubUrl'>, 'hubUrl' | 'hubKey' | 'variablePrefix'>;

export interface HubClientOptions {
  readonly config: HubSettings;
  readonly fetch: OutboundFetch;
  readonly now: () => number;
  readonly onLimit: OnLimit;
}

const NO_HUB = 'not an mcp-exporter hub, or one of an older version: check the address';
const TOO_LONG = `response longer than ${LIMITS.hub_response.max} bytes: ${NO_HUB}`;
const FORBIDDEN = 'the hub does not allow this host: see its MONITORING_ALLOWED_HOSTS';
/** Statuses for an invalid report: not JSON, too large, wrong content type or wrong schema. */
const INVALID = new Set([400, 413, 415, 422]);
const LONGEST_RETRY_AFTER_MS = 60_000;
const REFUSED_RETRY_MS = 30_000;

/** Posts reports to a hub. */
export class HubClient {
  readonly #options: HubClientOptions;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  /** Whether the address is known to be a hub's. */
  #hasAccepted = false;

  constructor(options: HubClientOptions) {
    const { hubUrl, hubKey } = options.config;
    this.#options = options;
    const base = new URL(hubUrl);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    this.#url = new URL('api/v1/report', base);
    this.#headers = {
      'content-type': 'application/json',
      ...(hubKey === undefined ? undefined : { authorization: `Bearer ${hubKey}` }),
    };
  }

  /** Never rejects. */
  async post(body: string, signal: AbortSignal): Promise<PostResult<HubAnswer, HubFailure>> {
    const { fetch, now, onLimit } = this.#options;
    try {
      const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal });
      const read = await readResponseText(response, LIMITS.hub_response.max);
      if (read.isCut) onLimit('hub_response');
      return this.#resultOf(response, read, now());
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (isNotHttp(cause)) return refused(NO_HUB);
      return failed('unreachable', errorMessage(cause) || 'no connection');
    }
  }

  #resultOf(
    { status, headers }: Response,
    { text, isCut }: ResponseText,
    nowMs: number,
  ): PostResult<HubAnswer, HubFailure> {
    if (status === 200 && isCut) return refused(TOO_LONG);
    if (status === 200) {
      const bootId = readBootId(text);
      if (bootId === null) return refused(NO_HUB);
      this.#hasAccepted = true;
      return { answer: { kind: 'accepted', bootId } };
    }
    if (INVALID.has(status) && (this.#hasAccepted || isHubError(text))) {
      return { answer: { kind: 'invalid', reason: text.slice(0, 500) } };
    }
    if (status !== 429 && status < 500) return refused(this.#refusal(status));
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), nowMs, LONGEST_RETRY_AFTER_MS);
    return failed(status === 429 ? 'busy' : 'unreachable', `HTTP status ${status}`, retryAfterMs);
  }

  #refusal(status: number): string {
    if (status !== 401) return status === 403 ? FORBIDDEN : NO_HUB;
    const { hubKey, variablePrefix } = this.#options.config;
    const variable = nameOfSetting('hubKey', variablePrefix);
    return hubKey === undefined
      ? `the hub requires a key: set ${variable}`
      : `the hub requires another key: set ${variable} to its key`;
  }
}

/** Whether the other side answered something that Node's HTTP parser does not read. */
function isNotHttp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');
}

/** Whether the text is an error of a hub. Any other server may answer 400. */
function isHubError(text: string): boolean {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly code?: unknown } };
    return typeof error?.code === 'string';
  } catch {
    return false;
  }
}

function refused(reason: string): { readonly failure: HubFailure } {
  return failed('refused', reason, REFUSED_RETRY_MS);
}

function failed(
  kind: HubFailure['kind'],
  reason: string,
  retryAfterMs = 0,
): { readonly failure: HubFailure } {
  return { failure: { kind, reason, isFinal: false, retryAfterMs } };
}

/** Null if the response is not a hub's. Other servers may also answer with 200. */
function readBootId(text: string): string | null {
  try {
    const { boot_id: bootId } = JSON.parse(text) as { readonly boot_id?: unknown };
    return typeof bootId === 'string' ? bootId : null;
  } catch {
    return null;
  }
}
