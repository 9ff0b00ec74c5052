import { ExporterError } from '../errors.ts';
import type { Reading, SettingKind } from './setting-kind.ts';
import { SETTINGS, type Setting } from './settings.ts';

type Settings = typeof SETTINGS;
type ValueOf<S> = S extends SettingKind<infer T> ? T : never;

/**
 * The exporter's settings. `mcp-exporter help settings` lists the environment variable, the meaning and the unit of each.
 *
 * @see {@link loadConfig} for an example
 */
export type Config = { readonly [K in keyof Settings]: ValueOf<Settings[K]> } & {
  /** The key that clients must send: `hubKey` if `isAuthRequired` is true, otherwise undefined. */
  readonly apiKey: string | undefined;
  /** The prefix of all environment variables in messages: `MCP_EXPORTER_` in front of a command, otherwise empty. */
  readonly variablePrefix: string;
};

/** A configuration whose optional settings `K` are set. */
export type ConfigWith<K extends keyof Config> = Config & { readonly [P in K]: NonNullable<Config[P]> };

/** The default of every setting. */
export const DEFAULT_CONFIG = {
  ...Object.fromEntries(Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback])),
  apiKey: undefined,
  variablePrefix: '',
} as Config;

/** The flags that set settings. */
type FlagName = Extract<Settings[keyof Settings], { flag: string }>['flag'];

/** The values of the given flags. */
export type Flags = { readonly [F in FlagName]?: string | undefined };

/** An invalid value. The setting falls back to its variable (for a flag) or to its default. */
export interface SettingProblem {
  /** The environment variable, `--NAME` for a flag, or `config.NAME` for a value given in code. */
  readonly name: string;
  /** One line: the name, the value (never a secret) and the allowed values. */
  readonly message: string;
}

export interface ReadConfig {
  readonly config: Config;
  readonly problems: readonly SettingProblem[];
  /** The settings that a flag, a variable or the code sets. */
  readonly given: ReadonlySet<keyof Settings>;
  /** False if the authentication settings are invalid. Then nothing may be served, because the default allows everyone. */
  readonly isAccessClear: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from environment variables. An empty variable counts as unset.
 *
 * @throws ExporterError `invalid_setting`: one line with the variable, the allowed values and its value (never a secret)
 *
 * @example
 * ```ts
 * import { loadConfig } from 'mcp-exporter';
 *
 * const { httpPort, feedPort } = loadConfig({ MONITORING_DASHBOARD_PORT: '9464' });
 * console.log(httpPort, feedPort); // 9464 3000
 * ```
 */
export function loadConfig(env: Environment): Config {
  const { config, problems } = readConfig(env);
  const [first] = problems;
  if (first) throw new ExporterError('invalid_setting', first.message);
  return config;
}

/**
 * Reads the configuration without throwing. An invalid setting keeps its default and is listed as a problem.
 *
 * @param overrides - values given in code; they take precedence over flags and environment
 * @param flags - values of command-line flags; they take precedence over the environment
 */
export function readConfig(env: Environment, overrides: Partial<Config> = {}, flags: Flags = {}): ReadConfig {
  const { variablePrefix = '' } = overrides;
  const problems: SettingProblem[] = [];
  const isGiven = new Set<keyof Settings>();
  const values: Record<string, unknown> = {};
  const given = overrides as Readonly<Record<string, unknown>>;
  for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    // An override of undefined unsets an optional setting.
    const found: Found | undefined = Object.hasOwn(given, key)
      ? { value: checkOverride(key, given[key], setting, problems) }
      : (readFlag(setting, flags, problems) ??
        readVariable(variablePrefix + setting.env, env, setting, problems));
    if (found) isGiven.add(key as keyof Settings);
    values[key] = found ? found.value : setting.fallback;
  }
  problems.push(...unknownSettings(given));
  values['apiKey'] = Object.hasOwn(given, 'apiKey')
    ? checkOverride('apiKey', given['apiKey'], SETTINGS.hubKey, problems)
    : values['isAuthRequired'] === true
      ? values['hubKey']
      : undefined;
  values['variablePrefix'] = variablePrefix;
  const config = values as unknown as Config;
  problems.push(...missingCompanions(config, problems));
  return {
    config,
    problems: distinct(problems),
    given: isGiven,
    isAccessClear: isAccessClear(config, given, problems),
  };
}

function isAccessClear(
  { isAuthRequired, apiKey, variablePrefix }: Config,
  given: Readonly<Record<string, unknown>>,
  problems: readonly SettingProblem[],
): boolean {
  const isRequirementKnown = !problems.some(
    ({ name }) => name === variablePrefix + SETTINGS.isAuthRequired.env || name === 'config.isAuthRequired',
  );
  const isKeyExpected = isAuthRequired || given['apiKey'] !== undefined;
  return isRequirementKnown && (!isKeyExpected || apiKey !== undefined);
}

/** The environment variables with secret values. */
export function secretVariables(): string[] {
  return Object.values<Setting<unknown>>(SETTINGS)
    .filter(({ isSecret }) => isSecret)
    .map(({ env }) => env);
}

/** `env` without secret settings, for child processes that run other people's programs. */
export function withoutSecrets(env: Environment): NodeJS.ProcessEnv {
  const settings = Object.values<Setting<unknown>>(SETTINGS);
  const isSecret = ([name, value = '']: [string, string | undefined]) =>
    settings.some((setting) => setting.env === name && isSecretValue(setting, value));
  return Object.fromEntries(Object.entries(env).filter((variable) => !isSecret(variable)));
}

function isSecretValue({ isSecret = false }: Setting<unknown>, value: string): boolean {
  // A search for @ also finds credentials in text that is not a valid URL.
  return isSecret === 'credentials' ? value.includes('@') : isSecret;
}

/** A flag that sets several settings would repeat its problem for each. */
function distinct(problems: readonly SettingProblem[]): readonly SettingProblem[] {
  return [...new Map(problems.map((each) => [each.message, each])).values()];
}

interface Found {
  readonly value: unknown;
}

/** Undefined if the flag is missing or invalid. */
function readFlag(setting: Setting<unknown>, flags: Flags, problems: SettingProblem[]): Found | undefined {
  const { flag, allowed } = setting;
  const text = (flags as Readonly<Record<string, string | undefined>>)[flag ?? ''];
  if (flag === undefined || text === undefined) return undefined;
  const name = `--${flag}`;
  // Other users of the machine can see a command line.
  if (/:\/\/[^/]*@/.test(text)) {
    problems.push({ name, message: `${name}: expected ${allowed}, without user and password` });
    return undefined;
  }
  return readText(name, text, setting, problems);
}

/** Undefined if the variable is unset or invalid. */
function readVariable(
  name: string,
  env: Environment,
  setting: Setting<unknown>,
  problems: SettingProblem[],
): Found | undefined {
  const text = env[name];
  return text === undefined || text === '' ? undefined : readText(name, text, setting, problems);
}

function readText(
  name: string,
  text: string,
  setting: Setting<unknown>,
  problems: SettingProblem[],
): Found | undefined {
  const read = setting.fromText(text);
  if (read.isAllowed) return { value: read.value };
  problems.push(problem(name, text, setting, read));
  return undefined;
}

function checkOverride(key: string, value: unknown, setting: Setting<unknown>, problems: SettingProblem[]) {
  const checked = setting.check(value);
  if (checked.isAllowed) return checked.value;
  if (value === undefined) return setting.fallback;
  problems.push(problem(`config.${key}`, value, setting, checked));
  return setting.fallback;
}

type Refusal = Extract<Reading<unknown>, { isAllowed: false }>;

function problem(
  name: string,
  value: unknown,
  { allowed, isSecret }: Setting<unknown>,
  { reason, remedy }: Refusal,
): SettingProblem {
  const shown = isSecret ? 'an invalid value (not shown)' : withoutPassword(reason ?? show(value));
  const end = remedy === undefined ? '' : `: ${remedy}`;
  return { name, message: `${name}: expected ${allowed}, got ${shown}${end}` };
}

function unknownSettings(given: Readonly<Record<string, unknown>>): SettingProblem[] {
  const known = [...Object.keys(SETTINGS), 'apiKey', 'variablePrefix'];
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const name = `config.${key}`;
      return { name, message: `${name}: not a setting; expected one of ${known.join(', ')}` };
    });
}

/** Problems of settings that require another setting. */
function missingCompanions(config: Config, problems: readonly SettingProblem[]): SettingProblem[] {
  const { isAuthRequired, hubKey, isAlertingEnabled, alertWebhookUrl } = SETTINGS;
  const missing = (needed: Setting<unknown>, by: Setting<unknown>, expected: string): SettingProblem[] => {
    const name = config.variablePrefix + needed.env;
    if (problems.some((other) => other.name === name)) return [];
    const because = `${config.variablePrefix}${by.env} is true`;
    return [{ name, message: `${name}: not set, but ${because}; expected ${expected}` }];
  };
  return [
    ...(config.isAuthRequired && config.apiKey === undefined
      ? missing(hubKey, isAuthRequired, 'the key that clients must send')
      : []),
    ...(config.isAlertingEnabled && config.alertWebhookUrl === undefined
      ? missing(alertWebhookUrl, isAlertingEnabled, 'an http or https URL')
      : []),
  ];
}

/** Users may paste a URL with a password into any setting. */
function withoutPassword(text: string): string {
  return text.replaceAll(/(:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,500}(?=@)/g, '$1[redacted]');
}

function show(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return `a value of type ${typeof value}`;
  }
}
