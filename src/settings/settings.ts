import {
  choice,
  flag,
  integer,
  list,
  number,
  optionalHubUrl,
  optionalLinkBase,
  optionalSharedUrl,
  optionalText,
  optionalUrl,
  patterns,
  port,
  text,
} from './setting-kinds.ts';
import type { SettingKind } from './setting-kind.ts';

/** One setting, with its environment variable and its documentation. */
export interface Setting<T> extends SettingKind<T> {
  readonly env: string;
  readonly description: string;
  /** The command-line flag that sets it, without dashes. One flag may set several settings. */
  readonly flag?: string;
  /**
   * If true, the value is never printed and never passed to a child process. `credentials` means a URL that is passed to
   * a child process unless it has a user and password, because the watched server may use the same variable.
   */
  readonly isSecret?: boolean | 'credentials';
}

/** Default port of the live page and `/metrics`. */
export const DEFAULT_PORT = 3001;

/** Shorter keys can be guessed. */
const MIN_KEY_LENGTH = 16;

/** The fastest burn-rate alert fires at 14.4 times the error budget. With a lower objective it could never fire. */
const MIN_OBJECTIVE_PERCENT = 100 * (1 - 1 / 14.4);

const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value;

/**
 * Every setting by its name in {@link Config}. The configuration, its checks, the help and the documentation derive from
 * this table.
 */
export const SETTINGS = {
  host: {
    env: 'MONITORING_WS_HOST',
    description: 'Address that both listeners bind; `localhost` is 127.0.0.1',
    ...text(/^[\w.:[\]-]+$/, 'localhost', 'a host name or an IP address'),
  },
  feedPort: {
    env: 'MONITORING_WS_PORT',
    flag: 'port',
    description: 'Port of a listener for the live feed (`/ws`) alone; equal ports share one listener',
    ...port(3000),
  },
  isPageEnabled: {
    env: 'MONITORING_DASHBOARD_ENABLED',
    description: 'Serve the live page at `/`',
    ...flag(true),
  },
  httpPort: {
    env: 'MONITORING_DASHBOARD_PORT',
    flag: 'port',
    description: 'Port of the page, `/metrics`, `/health`, `/ready`, `/api/v1`, `/mcp` and `/ws`',
    ...port(DEFAULT_PORT),
  },
  retentionDays: {
    env: 'METRICS_RETENTION_DAYS',
    description: 'Retention of summaries and trends in memory, and of the Prometheus in the stack, in days',
    ...integer(1, 3650, 30),
  },
  isMetricsEnabled: {
    env: 'METRICS_COLLECTION_ENABLED',
    description: 'Record metrics; if false, `/metrics`, summaries, trends and activity respond with 404',
    ...flag(true),
  },
  maxSeries: {
    env: 'METRICS_MAX_SERIES',
    description:
      'Upper bound for the series on `/metrics`; beyond it, the least used tools of a server share `_OTHER`',
    ...integer(1000, 10_000_000, 300_000),
  },
  slowOperationSeconds: {
    env: 'SLOW_OPERATION_THRESHOLD',
    description: 'Duration above which an operation counts as slow, in seconds',
    ...number((seconds) => seconds > 0 && seconds <= 86_400, 5, 'a number above 0, up to 86400'),
  },
  highErrorRatePercent: {
    env: 'HIGH_ERROR_RATE_THRESHOLD',
    description: 'Error rate above which an operation’s alert fires, in percent',
    ...number((percent) => percent >= 0 && percent <= 100, 10, 'a number from 0 to 100'),
  },
  isAlertingEnabled: {
    env: 'MONITORING_ALERTING_ENABLED',
    description:
      'Post alerts to the webhook, from Alertmanager if PROMETHEUS_URL is set, otherwise from the exporter',
    ...flag(false),
  },
  alertWebhookUrl: {
    env: 'MONITORING_ALERT_WEBHOOK_URL',
    description: 'Webhook for alerts, in the format of Alertmanager’s webhook (version 4)',
    isSecret: true,
    ...optionalSharedUrl(),
  },
  sloObjectivePercent: {
    env: 'MONITORING_SLO_OBJECTIVE',
    description: 'Objective for burn-rate alerts: share of tool calls that must succeed, in percent',
    ...number(
      (percent) => percent > MIN_OBJECTIVE_PERCENT && percent < 100,
      99,
      'a number above 93.06 and below 100 (at 93.06 and below, the fastest alert can never fire)',
    ),
  },
  prometheusUrl: {
    env: 'PROMETHEUS_URL',
    description: 'URL of the Prometheus that scrapes this exporter; summaries and trends are read from it',
    isSecret: 'credentials',
    ...optionalUrl('an http or https URL, with user and password if Prometheus requires them'),
  },
  prometheusJob: {
    env: 'PROMETHEUS_JOB',
    description: 'Job name of this exporter in that Prometheus',
    ...text(/^[^"\\\n]+$/, 'mcp-exporter', 'text without quotes, backslashes and line breaks'),
  },
  hubUrl: {
    env: 'MONITORING_HUB_URL',
    flag: 'hub',
    description: 'URL of the hub to report to; its `/metrics` and live page then replace this process’ own',
    ...optionalHubUrl(),
  },
  hasExemplars: {
    env: 'MONITORING_EXEMPLARS',
    description:
      'Attach the trace of a request with a `traceparent` to its duration, as an OpenMetrics exemplar',
    ...flag(true),
  },
  isCapturingPayloads: {
    env: 'MONITORING_CAPTURE_PAYLOADS',
    description:
      'Keep the arguments and the result of each tool call, redacted and shortened, for the live page and the API; set it at the proxy or in the server, not at the hub',
    ...flag(false),
  },
  redactPatterns: {
    env: 'MONITORING_REDACT_PATTERNS',
    description:
      'Patterns to redact besides known secrets; only the first group of a match if the pattern has groups',
    ...patterns(),
  },
  publicUrl: {
    env: 'MONITORING_PUBLIC_URL',
    description:
      'URL of the live page for links in alerts and dashboards (default: the address of the listener); its host and origin are allowed, and requests may begin with its path',
    ...optionalLinkBase(),
  },
  grafanaUrl: {
    env: 'MONITORING_GRAFANA_URL',
    description: 'URL of Grafana; the live page links to its dashboards',
    ...optionalLinkBase(),
  },
  isAuthRequired: {
    env: 'MONITORING_REQUIRE_AUTH',
    description:
      'Require the API key for everything except `/health`, `/ready` and the files of the live page',
    ...flag(false),
  },
  hubKey: {
    env: 'MONITORING_API_KEY',
    description:
      'API key that clients send as `Authorization: Bearer …`, as `X-API-Key`, or as the password of basic authentication; a reporter sends it to the hub',
    isSecret: true,
    ...optionalText(
      new RegExp(`^[\\x21-\\x7e]{${MIN_KEY_LENGTH},}$`),
      `at least ${MIN_KEY_LENGTH} printable ASCII characters without spaces`,
    ),
  },
  allowsUnauthenticated: {
    env: 'MONITORING_ALLOW_UNAUTHENTICATED',
    description: 'Listen on addresses other than loopback without requiring the API key',
    ...flag(false),
  },
  allowedHosts: {
    env: 'MONITORING_ALLOWED_HOSTS',
    description: 'Allowed `Host` names besides loopback names and the bound address',
    ...list((host) => /^[\w.-]+$|^\[[\da-f:]+\]$/i.test(host), 'host names without ports'),
  },
  allowedOrigins: {
    env: 'MONITORING_ALLOWED_ORIGINS',
    description: 'Allowed origins of other web pages',
    ...list(isOrigin, 'origins such as https://ops.example.com'),
  },
  mcpSessionIdleSeconds: {
    env: 'MONITORING_MCP_SESSION_IDLE_SECONDS',
    description: 'Idle timeout of MCP sessions, in seconds',
    ...integer(1, 86_400, 1800),
  },
  logLevel: {
    env: 'MONITORING_LOG_LEVEL',
    description: 'Minimum level of log lines, which are JSON on stderr',
    ...choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  },
} as const satisfies Record<string, Setting<unknown>>;

/** One setting in the help and in the documentation. */
export interface SettingRow {
  readonly name: string;
  /** `''` for a setting without a flag. */
  readonly flag: string;
  /** `''` for a setting without a default. */
  readonly fallback: string;
  readonly allowed: string;
  readonly description: string;
}

/** The name for messages: `VARIABLE (or --flag)`. */
export function nameOfSetting(key: keyof typeof SETTINGS, variablePrefix: string): string {
  const { env, flag }: Setting<unknown> = SETTINGS[key];
  const variable = variablePrefix + env;
  return flag === undefined ? variable : `${variable} (or --${flag})`;
}

function fallbackText(fallback: unknown): string {
  return typeof fallback === 'string' || fallback === undefined
    ? (fallback ?? '')
    : JSON.stringify(fallback).replace('[]', '');
}

export function describeSettings(): SettingRow[] {
  const settings = Object.values<Setting<unknown>>(SETTINGS);
  return settings.map(({ env: name, flag, fallback, allowed, description }) => ({
    name,
    flag: flag === undefined ? '' : `--${flag}`,
    fallback: fallbackText(fallback),
    allowed,
    description,
  }));
}
