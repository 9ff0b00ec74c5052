import { z } from 'zod';

import { ExporterError } from './errors.ts';

/** What a person needs to know of a setting, beside its schema. */
interface SettingMeta {
  readonly description: string;
  /** What may stand there, in words. */
  readonly allowed: string;
  /** Its value is never printed. */
  readonly isSecret?: boolean;
}

const settingMeta = z.registry<SettingMeta>();

const flag = (fallback: boolean) =>
  z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }).default(fallback);
const number = (check: z.ZodNumber, fallback: number) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(check)
    .default(fallback);
const port = (fallback: number) => number(z.number().int().min(0).max(65_535), fallback);
const list = () =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .default([]);
/** Links go on from it: with a query, a fragment or a password they would lead nowhere, or too far. */
const linkBase = () =>
  z
    .url({ protocol: /^https?$/ })
    .refine((text) => {
      const { username, password, search, hash } = new URL(text);
      return username + password + search + hash === '';
    })
    .optional();
const LINK_BASE = 'an http or https URL without query, fragment and password';
const origin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

/** The fastest burn-rate alert fires at 14.4 times the error budget, which a larger budget could never reach. */
const LEAST_OBJECTIVE_PERCENT = 100 * (1 - 1 / 14.4);

const PORT = 'a whole number from 0 to 65535; 0 takes any free port';
const FLAG = 'true or false';

/** Every setting, under the name of its environment variable. `--help` and the README's table come from here. */
/** Where an exporter shows what it sees, where nobody says otherwise. */
export const DEFAULT_PORT = 3001;

const settings = z.object({
  MONITORING_WS_HOST: z
    .string()
    .regex(/^[\w.:[\]-]+$/)
    .default('localhost')
    .register(settingMeta, {
      description: 'Address that both listeners bind; `localhost` is 127.0.0.1',
      allowed: 'a host name or an IP address',
    }),
  MONITORING_WS_PORT: port(3000).register(settingMeta, {
    description: 'Port that serves the live feed (`/ws`) alone; equal ports make one listener',
    allowed: PORT,
  }),
  MONITORING_DASHBOARD_ENABLED: flag(true).register(settingMeta, {
    description: 'Serve the live page at `/`',
    allowed: FLAG,
  }),
  MONITORING_DASHBOARD_PORT: port(DEFAULT_PORT).register(settingMeta, {
    description: 'Port of the page, `/metrics`, `/health`, `/ready`, `/api/v1`, `/mcp` and `/ws`',
    allowed: PORT,
  }),
  METRICS_RETENTION_DAYS: number(z.number().int().min(1).max(3650), 30).register(settingMeta, {
    description:
      'How long summaries and trends are kept in memory, and data by the stack’s Prometheus, in days',
    allowed: 'a whole number from 1 to 3650',
  }),
  METRICS_COLLECTION_ENABLED: flag(true).register(settingMeta, {
    description: 'Record metrics; when off, `/metrics`, summaries, trends and activity answer 404',
    allowed: FLAG,
  }),
  SLOW_OPERATION_THRESHOLD: number(z.number().positive().max(86_400), 5).register(settingMeta, {
    description: 'Operations that take longer are counted as slow, in seconds',
    allowed: 'a number above 0, up to 86400',
  }),
  HIGH_ERROR_RATE_THRESHOLD: number(z.number().min(0).max(100), 10).register(settingMeta, {
    description: 'Error rate of an operation above which an alert fires, in percent',
    allowed: 'a number from 0 to 100',
  }),
  MONITORING_ALERTING_ENABLED: flag(false).register(settingMeta, {
    description:
      'Post alerts to the webhook: the exporter itself, or Alertmanager where PROMETHEUS_URL names a Prometheus',
    allowed: FLAG,
  }),
  MONITORING_ALERT_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .register(settingMeta, {
      description: 'Where alerts are posted, in the format of Alertmanager’s webhook (version 4)',
      allowed: 'an http or https URL',
      isSecret: true,
    }),
  MONITORING_SLO_OBJECTIVE: number(z.number().gt(LEAST_OBJECTIVE_PERCENT).lt(100), 99).register(settingMeta, {
    description: 'Share of tool calls that must succeed, in percent; burn-rate alerts compare with it',
    allowed: 'a number above 93.06 and below 100; with less, no burn could reach the fastest alert',
  }),
  PROMETHEUS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .register(settingMeta, {
      description: 'A Prometheus that scrapes this exporter: summaries and trends are read from it',
      allowed: 'an http or https URL, with user and password where it asks for them',
      isSecret: true,
    }),
  PROMETHEUS_JOB: z
    .string()
    .regex(/^[^"\\\n]+$/)
    .default('mcp-exporter')
    .register(settingMeta, {
      description: 'The name of the job under which that Prometheus scrapes this exporter',
      allowed: 'a text without quotes, backslashes and line breaks',
    }),
  MONITORING_HUB_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .register(settingMeta, {
      description:
        'Another exporter that is sent what this one sees: its `/metrics` and its page show it, instead of this one’s',
      allowed: 'an http or https URL',
    }),
  MONITORING_EXEMPLARS: flag(true).register(settingMeta, {
    description:
      'Put the trace of a request that carries a `traceparent` beside its duration, as an OpenMetrics exemplar',
    allowed: FLAG,
  }),
  MONITORING_CAPTURE_PAYLOADS: flag(false).register(settingMeta, {
    description:
      'Keep each tool call’s arguments and result, redacted and cut, in its operation’s details: on the live page and in the API. Set where the server is watched (its proxy, or the program itself), not at the hub',
    allowed: FLAG,
  }),
  MONITORING_PUBLIC_URL: linkBase().register(settingMeta, {
    description:
      'Where people reach the live page, for links in alerts and dashboards (default: where it listens)',
    allowed: LINK_BASE,
  }),
  MONITORING_GRAFANA_URL: linkBase().register(settingMeta, {
    description: 'Where people reach Grafana: the live page links to the dashboards there',
    allowed: LINK_BASE,
  }),
  MONITORING_REQUIRE_AUTH: flag(false).register(settingMeta, {
    description: 'Ask for the API key everywhere but `/health`, `/ready` and the page’s own files',
    allowed: FLAG,
  }),
  MONITORING_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .optional()
    .register(settingMeta, {
      description: 'The key, sent as `Authorization: Bearer …`',
      allowed: 'printable ASCII characters without spaces',
      isSecret: true,
    }),
  MONITORING_ALLOWED_HOSTS: list()
    .pipe(z.array(z.string().regex(/^[\w.-]+$|^\[[\da-f:]+\]$/i)))
    .register(settingMeta, {
      description:
        'Host names under which `/ws`, `/mcp` and `/api/v1/report` may be reached, beside the loopback ones',
      allowed: 'host names without ports, separated by commas',
    }),
  MONITORING_ALLOWED_ORIGINS: list()
    .pipe(z.array(z.string().refine(origin)))
    .register(settingMeta, {
      description: 'Origins of other web pages that may use `/ws`, `/mcp` and `/api/v1/report`',
      allowed: 'origins such as https://ops.example.com, separated by commas',
    }),
  MONITORING_MCP_SESSION_IDLE_SECONDS: number(z.number().int().min(1).max(86_400), 1800).register(
    settingMeta,
    {
      description: 'An MCP session whose client has been silent for so long is ended, in seconds',
      allowed: 'a whole number from 1 to 86400',
    },
  ),
  MONITORING_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .register(settingMeta, {
      description: 'Logs at this level and above go to stderr, as JSON lines',
      allowed: 'fatal, error, warn, info, debug, trace or silent',
    }),
});

type SettingValue = string | number | boolean | readonly string[] | undefined;

/** The exporter's settings, by the environment variables that set them; see `mcp-exporter --help` for their meaning. */
export interface Config {
  /** `MONITORING_WS_HOST`: both listeners bind it. */
  readonly host: string;
  /** `MONITORING_WS_PORT`: the feed alone. */
  readonly feedPort: number;
  /** `MONITORING_DASHBOARD_PORT`: everything. 0 takes any free port. */
  readonly httpPort: number;
  /** `MONITORING_DASHBOARD_ENABLED` */
  readonly isPageEnabled: boolean;
  /** `METRICS_RETENTION_DAYS` */
  readonly retentionDays: number;
  /** `METRICS_COLLECTION_ENABLED` */
  readonly isMetricsEnabled: boolean;
  /** `SLOW_OPERATION_THRESHOLD` */
  readonly slowOperationSeconds: number;
  /** `HIGH_ERROR_RATE_THRESHOLD`, from 0 to 100. */
  readonly highErrorRatePercent: number;
  /** `MONITORING_ALERTING_ENABLED` */
  readonly isAlertingEnabled: boolean;
  /** `MONITORING_ALERT_WEBHOOK_URL` */
  readonly alertWebhookUrl: string | undefined;
  /** `MONITORING_SLO_OBJECTIVE`, below 100. */
  readonly sloObjectivePercent: number;
  /** `PROMETHEUS_URL` */
  readonly prometheusUrl: string | undefined;
  /** `PROMETHEUS_JOB` */
  readonly prometheusJob: string;
  /** `MONITORING_HUB_URL` */
  readonly hubUrl: string | undefined;
  /** `MONITORING_API_KEY`, whether or not anything here asks for it: what the hub is sent. */
  readonly hubKey: string | undefined;
  /** `MONITORING_EXEMPLARS` */
  readonly hasExemplars: boolean;
  /** `MONITORING_CAPTURE_PAYLOADS` */
  readonly isCapturingPayloads: boolean;
  /** `MONITORING_PUBLIC_URL`; undefined for the address that the exporter listens on. */
  readonly publicUrl: string | undefined;
  /** `MONITORING_GRAFANA_URL` */
  readonly grafanaUrl: string | undefined;
  /** `MONITORING_API_KEY` where `MONITORING_REQUIRE_AUTH` is true; undefined where nothing asks for a key. */
  readonly apiKey: string | undefined;
  /** `MONITORING_ALLOWED_HOSTS` */
  readonly allowedHosts: readonly string[];
  /** `MONITORING_ALLOWED_ORIGINS` */
  readonly allowedOrigins: readonly string[];
  /** `MONITORING_MCP_SESSION_IDLE_SECONDS` */
  readonly mcpSessionIdleSeconds: number;
  /** `MONITORING_LOG_LEVEL` */
  readonly logLevel: z.infer<typeof settings>['MONITORING_LOG_LEVEL'];
}

/**
 * The configuration that environment variables make. An empty variable is an unset one.
 *
 * @throws ExporterError `invalid_setting`: one line with the variable, its value (never a secret) and what is
 * allowed
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw invalidSetting(parsed.error, given);
  const values = parsed.data;
  if (values.MONITORING_REQUIRE_AUTH && values.MONITORING_API_KEY === undefined) {
    throw new ExporterError(
      'invalid_setting',
      'MONITORING_API_KEY: not set, but MONITORING_REQUIRE_AUTH is true; expected the key that clients must send',
    );
  }
  if (values.MONITORING_ALERTING_ENABLED && values.MONITORING_ALERT_WEBHOOK_URL === undefined) {
    throw new ExporterError(
      'invalid_setting',
      'MONITORING_ALERT_WEBHOOK_URL: not set, but MONITORING_ALERTING_ENABLED is true; expected an http or https URL',
    );
  }
  return {
    host: values.MONITORING_WS_HOST,
    feedPort: values.MONITORING_WS_PORT,
    httpPort: values.MONITORING_DASHBOARD_PORT,
    isPageEnabled: values.MONITORING_DASHBOARD_ENABLED,
    retentionDays: values.METRICS_RETENTION_DAYS,
    isMetricsEnabled: values.METRICS_COLLECTION_ENABLED,
    slowOperationSeconds: values.SLOW_OPERATION_THRESHOLD,
    highErrorRatePercent: values.HIGH_ERROR_RATE_THRESHOLD,
    isAlertingEnabled: values.MONITORING_ALERTING_ENABLED,
    alertWebhookUrl: values.MONITORING_ALERT_WEBHOOK_URL,
    sloObjectivePercent: values.MONITORING_SLO_OBJECTIVE,
    prometheusUrl: values.PROMETHEUS_URL,
    prometheusJob: values.PROMETHEUS_JOB,
    hubUrl: values.MONITORING_HUB_URL,
    hubKey: values.MONITORING_API_KEY,
    hasExemplars: values.MONITORING_EXEMPLARS,
    isCapturingPayloads: values.MONITORING_CAPTURE_PAYLOADS,
    publicUrl: values.MONITORING_PUBLIC_URL,
    grafanaUrl: values.MONITORING_GRAFANA_URL,
    apiKey: values.MONITORING_REQUIRE_AUTH ? values.MONITORING_API_KEY : undefined,
    allowedHosts: values.MONITORING_ALLOWED_HOSTS,
    allowedOrigins: values.MONITORING_ALLOWED_ORIGINS,
    mcpSessionIdleSeconds: values.MONITORING_MCP_SESSION_IDLE_SECONDS,
    logLevel: values.MONITORING_LOG_LEVEL,
  };
}

/** One row of `--help` and of the README's table. */
export interface SettingRow {
  readonly name: string;
  /** `''` where there is none. */
  readonly fallback: string;
  readonly allowed: string;
  readonly description: string;
}

export function describeSettings(): SettingRow[] {
  const defaults: Readonly<Record<string, SettingValue>> = settings.parse({});
  return Object.entries(settings.shape).map(([name, schema]) => {
    const { allowed, description } = metaOf(schema);
    return { name, fallback: String(defaults[name] ?? ''), allowed, description };
  });
}

function invalidSetting(error: z.ZodError, given: Record<string, unknown>): ExporterError {
  const name = String(error.issues[0]?.path[0]);
  const { allowed, isSecret } = metaOf(settings.shape[name as keyof typeof settings.shape]);
  const value = isSecret ? 'a value that is not allowed (not shown)' : JSON.stringify(given[name]);
  return new ExporterError('invalid_setting', `${name}: got ${value}, expected ${allowed}`, { cause: error });
}

function metaOf(schema: z.ZodType): SettingMeta {
  const meta = settingMeta.get(schema);
  if (!meta) throw new TypeError('every setting is registered with its description');
  return meta;
}
