import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';

/** Options of both kinds of proxy. */
export interface ProxyOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly serverName: string;
  /** The folder for the proxy's file_sd target file. */
  readonly sdDir: string | undefined;
}
