import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';

/** What both kinds of proxy are told. */
export interface ProxyOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly serverName: string;
  /** A Prometheus file_sd file to be named in. */
  readonly sdFile: string | undefined;
}
