import { closestName } from './closest-name.ts';
import type { Config } from './config.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { PROXY_PREFIX, SERVER_PREFIX } from './variable-prefixes.ts';

/** A variable that is set but has no effect. */
export interface SettingWarning {
  readonly variable: string;
  readonly reason: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const OWN_PREFIX = /^(?:MONITORING|METRICS)_/;
/** Other programs use the prefixes too, so only a close name counts as misspelled. */
const MIN_SIMILARITY = 0.6;
/** Settings whose names a watched server may also have. */
const COMMON_NAMES = /_(?:API_KEY|LOG_LEVEL|PUBLIC_URL|GRAFANA_URL)$/;

const settings: readonly Setting<unknown>[] = Object.values(SETTINGS);
const variables = settings.map(({ env }) => env);
/** Without prefixes, so that a long common prefix does not make unlike names similar. */
const variableBySuffix = new Map(variables.map((name) => [suffixOf(name), name]));

/** Variables that probably misspell a setting, and variables that lack another setting. */
export function settingWarnings(env: Environment, config: Config): SettingWarning[] {
  return [
    ...misspelledVariables(env, config.variablePrefix),
    ...unusedKey(env, config),
    ...unusedWebhook(env, config.variablePrefix),
  ];
}

/**
 * Variables of a server behind `proxy -- COMMAND` that only this exporter has, and that are probably meant for the proxy.
 *
 * @param serverEnv - the environment without {@link PROXY_PREFIX}
 */
export function plainNames(serverEnv: Environment): SettingWarning[] {
  return settings.flatMap(({ env: variable, fromText }) => {
    const text = serverEnv[variable];
    if (!variable.startsWith('MONITORING_') || COMMON_NAMES.test(variable)) return [];
    if (text === undefined || text === '' || !fromText(text).isAllowed) return [];
    const reason = `it is passed to the server; the proxy reads ${PROXY_PREFIX}${variable}`;
    return [{ variable, reason }];
  });
}

function misspelledVariables(env: Environment, prefix: string): SettingWarning[] {
  const known = new Set<string>(variables);
  return Object.keys(env).flatMap((variable) => {
    if (!variable.startsWith(prefix) || variable.startsWith(SERVER_PREFIX)) return [];
    const plain = variable.slice(prefix.length);
    if ((prefix === '' && !OWN_PREFIX.test(plain)) || known.has(plain)) return [];
    const suffix = closestName(suffixOf(plain), [...variableBySuffix.keys()], MIN_SIMILARITY);
    const name = variableBySuffix.get(suffix ?? '');
    return name === undefined ? [] : [{ variable, reason: `unknown name, did you mean ${prefix}${name}?` }];
  });
}

function unusedKey(env: Environment, { apiKey, hubUrl, variablePrefix }: Config): SettingWarning[] {
  const variable = variablePrefix + SETTINGS.hubKey.env;
  if (!env[variable] || apiKey !== undefined || hubUrl !== undefined) return [];
  const requirement = variablePrefix + SETTINGS.isAuthRequired.env;
  return [{ variable, reason: `clients need no key unless ${requirement} is true` }];
}

/** An explicit `false` disables alerts on purpose. */
function unusedWebhook(env: Environment, prefix: string): SettingWarning[] {
  const variable = prefix + SETTINGS.alertWebhookUrl.env;
  const switchName = prefix + SETTINGS.isAlertingEnabled.env;
  if (!env[variable] || env[switchName]) return [];
  return [{ variable, reason: `no alerts are posted unless ${switchName} is true` }];
}

function suffixOf(name: string): string {
  return name.replace(OWN_PREFIX, '');
}
