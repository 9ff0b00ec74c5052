import type { ReadConfig } from '../settings/config.ts';
import { settingWarnings } from '../settings/setting-warnings.ts';
import { ok, problem, warning, type Check } from './check.ts';

/** The variables of the environment, and the key that clients must send. */
export function checkSettings(
  { config, problems, given }: ReadConfig,
  env: Readonly<Record<string, string | undefined>>,
): Check[] {
  const checks = [
    ...problems.map(({ name, message }) =>
      problem(name, message, { fix: `Correct ${name}.`, section: 'invalidSetting' }),
    ),
    ...settingWarnings(env, config).map(({ variable, reason }) =>
      warning(variable, reason, { fix: `Correct or remove ${variable}.`, section: 'settingIgnored' }),
    ),
  ];
  if (checks.length > 0) return checks;
  const key = config.apiKey === undefined ? 'clients need no key' : 'clients must send MONITORING_API_KEY';
  return [ok('settings', `${given.size} given, all valid; ${key}`)];
}
