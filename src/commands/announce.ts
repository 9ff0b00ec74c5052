import { announceTarget } from '../discovery/target-file.ts';
import { errorMessage } from '../errors.ts';
import type { ProxyOptions } from './proxy-options.ts';

/**
 * Keeps a file for Prometheus' file_sd that names a proxy, for as long as the proxy runs. A proxy whose file cannot be
 * written serves all the same.
 *
 * @returns what removes the file
 */
export function announce({ sdDir, serverName, logger }: ProxyOptions, metricsUrl: string): () => void {
  if (sdDir === undefined) return () => undefined;
  try {
    const withdraw = announceTarget({
      folder: sdDir,
      target: new URL(metricsUrl).host,
      labels: { __meta_mcp_server_name: serverName },
    });
    process.once('exit', withdraw);
    return withdraw;
  } catch (error) {
    logger.error({ reason: errorMessage(error) }, 'file for Prometheus not written');
    return () => undefined;
  }
}
