import { createExporter } from '../exporter/exporter.ts';
import { proxyMcp } from '../exporter/proxy-mcp.ts';
import { announce } from './announce.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { runExporter } from './running-exporter.ts';

/** In front of a server that speaks HTTP: a program of its own, that clients are pointed at. */
export async function proxyUpstream(options: ProxyOptions & { readonly upstream: URL }): Promise<void> {
  const { config, logger, serverName, upstream: url } = options;
  const exporter = createExporter({
    config,
    logger,
    mcp: proxyMcp({ url, serverName }),
    keepsProcessAlive: true,
    strict: true,
  });
  // Forwarding must go on, whatever else fails in this process.
  process.on('uncaughtException', (error) => exporter.sessions.reportError(error));
  const { mcp } = await runExporter(exporter, { config, logger });
  if (mcp !== null) announce(options, mcp);
}
