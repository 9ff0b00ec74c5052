import { closestName } from './closest-name.ts';
import type { Config } from './config.ts';
import { SETTINGS } from './settings.ts';

/** A variable that is set but has no effect. */
export interface SettingWarning {
  readonly variable: string;
  readonly reason: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const OWN_PREFIX = /^(?:MONITORING|METRICS)_/;
/** Other programs use the prefixes too, so only a close name counts as misspelled. */
const MIN_SIMILARITY = 0.6;

const variables = Object.values(SETTINGS).map(({ env }) => env);
/** Without prefixes, so that a long common prefix does not make unlike names similar. */
const variableBySuffix = new Map(variables.map((name) => [suffixOf(name), name]));

/** Variables that probably misspell a setting, and variables that lack another setting. */
export function settingWarnings(env: Environment, config: Config): SettingWarning[] {
  return [...misspelledVariables(env), ...unusedKey(env, config), ...unusedWebhook(env)];
}

function misspelledVariables(env: Environment): SettingWarning[] {
  const known = new Set<string>(variables);
  return Object.keys(env).flatMap((variable) => {
    if (!OWN_PREFIX.test(variable) || known.has(variable)) return [];
    const suffix = closestName(suffixOf(variable), [...variableBySuffix.keys()], MIN_SIMILARITY);
    const name = variableBySuffix.get(suffix ?? '');
    return name === undefined ? [] : [{ variable, reason: `unknown name, did you mean ${name}?` }];
  });
}

function unusedKey(env: Environment, { apiKey, hubUrl }: Config): SettingWarning[] {
  const { hubKey, isAuthRequired } = SETTINGS;
  if (!env[hubKey.env] || apiKey !== undefined || hubUrl !== undefined) return [];
  return [{ variable: hubKey.env, reason: `clients need no key unless ${isAuthRequired.env} is true` }];
}

/** An explicit `false` disables alerts on purpose. */
function unusedWebhook(env: Environment): SettingWarning[] {
  const { alertWebhookUrl, isAlertingEnabled } = SETTINGS;
  if (!env[alertWebhookUrl.env] || env[isAlertingEnabled.env]) return [];
  const reason = `no alerts are posted unless ${isAlertingEnabled.env} is true`;
  return [{ variable: alertWebhookUrl.env, reason }];
}

function suffixOf(name: string): string {
  return name.replace(OWN_PREFIX, '');
}
