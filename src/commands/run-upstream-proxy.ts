import { createLogger } from '../logging/logger.ts';
import { readProxyArguments } from './proxy-arguments.ts';
import { UPSTREAM_PROXIES } from './upstream-proxies.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs the proxy for the scheme of `--upstream`.
 *
 * @throws UsageError or ExporterError `invalid_setting` for the first invalid flag or setting
 */
export async function runUpstreamProxy(flags: string[]): Promise<void> {
  const { config, name, upstream, sdDir, problems } = readProxyArguments(flags, process.env, false);
  if (problems[0]) throw problems[0];
  const loadProxy = upstream && UPSTREAM_PROXIES[upstream.protocol];
  if (!loadProxy) throw new UsageError('proxy: expected -- COMMAND, or --upstream URL');
  const proxyUpstream = await loadProxy();
  const logger = createLogger(config.logLevel);
  return proxyUpstream({ config, logger, sdDir, upstream, serverName: name ?? upstream.host });
}
