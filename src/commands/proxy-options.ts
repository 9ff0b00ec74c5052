import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** What both kinds of proxy are told. */
export interface ProxyOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly serverName: string;
  /** A Prometheus file_sd file to be named in. */
  readonly sdFile: string | undefined;
}
