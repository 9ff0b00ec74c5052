import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';

/** What both kinds of proxy are told. */
export interface ProxyOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly serverName: string;
  /** The folder of Prometheus' file_sd in which the proxy keeps its file. */
  readonly sdDir: string | undefined;
}
