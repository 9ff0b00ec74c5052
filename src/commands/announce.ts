import { announceTarget } from '../discovery/file-sd.ts';
import { errorMessage } from '../errors.ts';
import type { ProxyOptions } from './proxy-options.ts';

/**
 * Names a proxy in a Prometheus file_sd file, for as long as it runs. One that cannot be named serves all the same.
 *
 * @returns what takes its name out again
 */
export async function announce(
  { sdFile, serverName, logger }: ProxyOptions,
  metricsUrl: string,
): Promise<() => void> {
  if (sdFile === undefined) return () => undefined;
  try {
    const target = new URL(metricsUrl).host;
    const announcement = await announceTarget({
      file: sdFile,
      target,
      labels: { __meta_mcp_server_name: serverName },
    });
    const withdraw = () => announcement.withdraw();
    process.once('exit', withdraw);
    return withdraw;
  } catch (error) {
    logger.error({ reason: errorMessage(error) }, 'not named in the file for Prometheus');
    return () => undefined;
  }
}
