import { announceTarget } from '../discovery/target-file.ts';
import { ExporterError, errorMessage } from '../errors.ts';
import type { ProxyOptions } from './proxy-options.ts';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Writes a target file for Prometheus' file_sd, which is removed when the proxy exits. If the file cannot be written, the
 * error is logged once, and the proxy retries in the background.
 *
 * @returns a function that removes the file
 */
export function announce({ sdDir, serverName, logger }: ProxyOptions, metricsUrl: string): () => void {
  if (sdDir === undefined) return () => undefined;
  const options = {
    folder: sdDir,
    target: new URL(metricsUrl).host,
    labels: { __meta_mcp_server_name: serverName },
  };
  let withdraw = () => {};
  let retryTimer: NodeJS.Timeout | undefined;
  const attempt = (failuresBefore: number) => {
    try {
      withdraw = announceTarget(options);
      if (failuresBefore > 0) logger.info({ sdDir }, 'file_sd target written');
    } catch (error) {
      if (failuresBefore === 0) {
        logger.error({ sdDir, reason: reasonOf(error) }, 'file_sd target not written, retrying');
      }
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** failuresBefore, LONGEST_RETRY_MS);
      retryTimer = setTimeout(() => attempt(failuresBefore + 1), delayMs).unref();
    }
  };
  attempt(0);
  const end = () => {
    clearTimeout(retryTimer);
    withdraw();
  };
  process.once('exit', end);
  return end;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof ExporterError ? error.cause : undefined;
  return [error, ...(cause === undefined ? [] : [cause])].map(errorMessage).join(': ');
}
