import { createExporter } from '../exporter/exporter.ts';
import { proxyMcp } from '../exporter/proxy-mcp.ts';
import { announce } from './announce.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { runExporter } from './running-exporter.ts';

/** Runs the HTTP proxy, which clients connect to instead of the server. */
export async function proxyUpstream(options: ProxyOptions & { readonly upstream: URL }): Promise<void> {
  const { config, logger, serverName, upstream: url } = options;
  const exporter = createExporter({
    config,
    logger,
    mcp: proxyMcp({ url, serverName }),
    keepsProcessAlive: true,
    strict: true,
  });
  // A fault in the observing part must not stop the forwarding.
  process.on('uncaughtException', (error) => exporter.sessions.reportError(error));
  const { mcp } = await runExporter(exporter, { config, logger });
  if (mcp !== null) announce(options, mcp);
}
