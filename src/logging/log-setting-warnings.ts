import type { Config } from '../settings/config.ts';
import { plainNames, settingWarnings } from '../settings/setting-warnings.ts';
import type { Logger } from './logger.ts';

/** Logs each variable of the environment that is probably meant as a setting but has no effect. */
export function logSettingWarnings(logger: Logger, config: Config): void {
  for (const warning of settingWarnings(process.env, config)) logger.warn(warning, 'setting ignored');
}

/** Logs each variable of a server that is probably meant for the proxy in front of it. */
export function logPlainNames(logger: Logger, serverEnv: Readonly<Record<string, string | undefined>>): void {
  for (const warning of plainNames(serverEnv)) logger.warn(warning, 'setting ignored');
}
