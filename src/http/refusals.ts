import type { RefusalReason } from '../monitor/refusal-reasons.ts';

/** The response to a refused request or upgrade. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 429;
  readonly code: string;
  /** The problem, and the setting that changes it. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param prefix - the prefix of the exporter's variables */
export function createRefusals(prefix: string): Record<RefusalReason, Refusal> {
  return {
    invalid_host: {
      status: 400,
      code: 'invalid_host',
      message: 'expected one Host header with a host name or an IP address, and an optional port',
    },
    forbidden_host: {
      status: 403,
      code: 'forbidden_host',
      message:
        'this Host is not allowed: expected a loopback name, the bound address, ' +
        `the host of ${prefix}MONITORING_PUBLIC_URL, or a name in ${prefix}MONITORING_ALLOWED_HOSTS`,
    },
    forbidden_origin: {
      status: 403,
      code: 'forbidden_origin',
      message:
        'this Origin is not allowed: expected that of the Host header, ' +
        `that of ${prefix}MONITORING_PUBLIC_URL, or one in ${prefix}MONITORING_ALLOWED_ORIGINS`,
    },
    authentication_required: {
      status: 403,
      code: 'authentication_required',
      message:
        `requests from other machines require authentication: set ${prefix}MONITORING_REQUIRE_AUTH=true and ` +
        `${prefix}MONITORING_API_KEY, or ${prefix}MONITORING_ALLOW_UNAUTHENTICATED=true`,
    },
    missing_key: unauthorized(),
    wrong_key: unauthorized(),
    too_many_attempts: {
      status: 429,
      code: 'too_many_attempts',
      message: 'too many wrong API keys from this address: try again later',
    },
  };
}

function unauthorized(): Refusal {
  return {
    status: 401,
    code: 'unauthorized',
    message:
      'expected the exporter’s API key as Authorization: Bearer, as X-API-Key, or as the password of basic authentication',
    // Without a challenge for basic authentication: a browser would ask for a password instead of showing the page's form.
    headers: { 'WWW-Authenticate': 'Bearer realm="mcp-exporter"' },
  };
}

/**
 * The refusal for a request of the live page. A browser that gets status 401 forgets the credentials that it sends to a
 * reverse proxy, and asks the user for them again.
 */
export function withoutChallenge({ code, message }: Refusal): Refusal {
  return { status: 403, code, message };
}
