import { announceTarget } from '../discovery/target-file.ts';
import { errorMessage } from '../errors.ts';
import type { ProxyOptions } from './proxy-options.ts';

/**
 * Writes a target file for Prometheus' file_sd, which is removed when the proxy exits. If the file cannot be written, the
 * error is logged and the proxy runs without it.
 *
 * @returns a function that removes the file
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
    logger.error({ sdDir, reason: errorMessage(error) }, 'file_sd target not written');
    return () => undefined;
  }
}
