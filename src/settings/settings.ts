import {
  choice,
  flag,
  integer,
  list,
  number,
  optionalLinkBase,
  optionalText,
  optionalUrl,
  patterns,
  port,
  text,
} from './setting-kinds.ts';
import type { SettingKind } from './setting-kind.ts';

/** One setting: the environment variable that sets it, and what a person needs to know of it. */
export interface Setting<T> extends SettingKind<T> {
  readonly env: string;
  readonly description: string;
  /** The flag, without its dashes, by which commands set it. A flag may set several settings. */
  readonly flag?: string;
  /**
   * Its value is never printed, and never passed to a child process; `credentials`: a URL that is passed if it has
   * neither user nor password, because a watched server may have a setting of that name.
   */
  readonly isSecret?: boolean | 'credentials';
}

/** Port of the page and `/metrics` unless configured otherwise. */
export const DEFAULT_PORT = 3001;

/** Keys shorter than this can be guessed. */
const MIN_KEY_LENGTH = 16;

/** The fastest burn-rate alert fires at 14.4 times the error budget, which a larger budget could never reach. */
const MIN_OBJECTIVE_PERCENT = 100 * (1 - 1 / 14.4);

const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value;

/**
 * Every setting, by its name in {@link Config}. The configuration, its checks, `--help` and docs/settings.md are
 * derived from here.
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
    description: 'Port that serves only the live feed (`/ws`); equal ports share one listener',
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
    description: 'Retention of summaries and trends in memory, and of the stack’s Prometheus, in days',
    ...integer(1, 3650, 30),
  },
  isMetricsEnabled: {
    env: 'METRICS_COLLECTION_ENABLED',
    description: 'Record metrics; if off, `/metrics`, summaries, trends and activity answer 404',
    ...flag(true),
  },
  slowOperationSeconds: {
    env: 'SLOW_OPERATION_THRESHOLD',
    description: 'Operations that take longer are counted as slow, in seconds',
    ...number((seconds) => seconds > 0 && seconds <= 86_400, 5, 'a number above 0, up to 86400'),
  },
  highErrorRatePercent: {
    env: 'HIGH_ERROR_RATE_THRESHOLD',
    description: 'Error rate of an operation above which an alert fires, in percent',
    ...number((percent) => percent >= 0 && percent <= 100, 10, 'a number from 0 to 100'),
  },
  isAlertingEnabled: {
    env: 'MONITORING_ALERTING_ENABLED',
    description:
      'Post alerts to the webhook: from the exporter, or from Alertmanager if PROMETHEUS_URL is set',
    ...flag(false),
  },
  alertWebhookUrl: {
    env: 'MONITORING_ALERT_WEBHOOK_URL',
    description: 'Webhook for alerts, in the format of Alertmanager’s webhook (version 4)',
    isSecret: true,
    ...optionalUrl(),
  },
  sloObjectivePercent: {
    env: 'MONITORING_SLO_OBJECTIVE',
    description: 'Share of tool calls that must succeed, in percent; burn-rate alerts compare with it',
    ...number(
      (percent) => percent > MIN_OBJECTIVE_PERCENT && percent < 100,
      99,
      'a number above 93.06 and below 100; below 93.06 no burn rate can reach the fastest alert',
    ),
  },
  prometheusUrl: {
    env: 'PROMETHEUS_URL',
    description: 'Prometheus that scrapes this exporter; summaries and trends are read from it',
    isSecret: 'credentials',
    ...optionalUrl('an http or https URL, with user and password if Prometheus requires them'),
  },
  prometheusJob: {
    env: 'PROMETHEUS_JOB',
    description: 'Job name under which that Prometheus scrapes this exporter',
    ...text(/^[^"\\\n]+$/, 'mcp-exporter', 'a text without quotes, backslashes and line breaks'),
  },
  hubUrl: {
    env: 'MONITORING_HUB_URL',
    flag: 'hub',
    description: 'Exporter to report to; its `/metrics` and page then replace this one’s',
    ...optionalUrl(),
  },
  hasExemplars: {
    env: 'MONITORING_EXEMPLARS',
    description:
      'Attach the trace of a request that carries a `traceparent` to its duration, as an OpenMetrics exemplar',
    ...flag(true),
  },
  isCapturingPayloads: {
    env: 'MONITORING_CAPTURE_PAYLOADS',
    description:
      'Keep each tool call’s arguments and result, redacted and cut, for the live page and the API. Set it at the proxy or in the server, not at the hub',
    ...flag(false),
  },
  redactPatterns: {
    env: 'MONITORING_REDACT_PATTERNS',
    description:
      'Texts to redact besides known secrets; a match’s first group if the pattern has groups, else the whole match',
    ...patterns(),
  },
  publicUrl: {
    env: 'MONITORING_PUBLIC_URL',
    description:
      'Address of the live page for links in alerts and dashboards (default: the listener’s); clients may use its host and origin',
    ...optionalLinkBase(),
  },
  grafanaUrl: {
    env: 'MONITORING_GRAFANA_URL',
    description: 'Address of Grafana; the live page links to its dashboards',
    ...optionalLinkBase(),
  },
  isAuthRequired: {
    env: 'MONITORING_REQUIRE_AUTH',
    description: 'Require the API key everywhere except `/health`, `/ready` and the page’s own files',
    ...flag(false),
  },
  hubKey: {
    env: 'MONITORING_API_KEY',
    description: 'API key, sent as `Authorization: Bearer …`; also sent to the hub',
    isSecret: true,
    ...optionalText(
      new RegExp(`^[\\x21-\\x7e]{${MIN_KEY_LENGTH},}$`),
      `at least ${MIN_KEY_LENGTH} printable ASCII characters without spaces`,
    ),
  },
  allowsUnauthenticated: {
    env: 'MONITORING_ALLOW_UNAUTHENTICATED',
    description: 'Listen beyond loopback without requiring the API key',
    ...flag(false),
  },
  allowedHosts: {
    env: 'MONITORING_ALLOWED_HOSTS',
    description:
      'Host names under which clients may reach the exporter, besides loopback names and the bound address',
    ...list((host) => /^[\w.-]+$|^\[[\da-f:]+\]$/i.test(host), 'host names without ports'),
  },
  allowedOrigins: {
    env: 'MONITORING_ALLOWED_ORIGINS',
    description: 'Origins of other web pages that may use the exporter',
    ...list(isOrigin, 'origins such as https://ops.example.com'),
  },
  mcpSessionIdleSeconds: {
    env: 'MONITORING_MCP_SESSION_IDLE_SECONDS',
    description: 'Idle timeout of MCP sessions, in seconds',
    ...integer(1, 86_400, 1800),
  },
  logLevel: {
    env: 'MONITORING_LOG_LEVEL',
    description: 'Least level of log lines; they go to stderr as JSON',
    ...choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
  },
} as const satisfies Record<string, Setting<unknown>>;

/** One row of `--help` and of docs/settings.md. */
export interface SettingRow {
  readonly name: string;
  /** `''` for a setting without a flag. */
  readonly flag: string;
  /** `''` for a setting without a default. */
  readonly fallback: string;
  readonly allowed: string;
  readonly description: string;
}

/** The names by which people set it: `VARIABLE (or --flag)`. */
export function nameOfSetting(key: keyof typeof SETTINGS): string {
  const { env, flag }: Setting<unknown> = SETTINGS[key];
  return flag === undefined ? env : `${env} (or --${flag})`;
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
