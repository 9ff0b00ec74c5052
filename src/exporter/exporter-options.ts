import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MetricsCollectorOptions } from '../metrics/metrics-collector.ts';
import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { McpSource } from './mcp-source.ts';

/**
 * Options of {@link createExporter}.
 *
 * @see {@link createExporter} for an example
 */
export interface ExporterOptions {
  /** Settings that take precedence over the environment. */
  config?: Partial<Config>;
  /**
   * Whether an invalid setting, a port in use, or a server that cannot be watched throws. Otherwise the error is logged and
   * counted in `mcp_exporter_faults_total`, and all other parts work: an exporter inside a server must not stop it.
   * @defaultValue false
   */
  strict?: boolean;
  /**
   * The MCP server to serve at `/mcp` and to watch: {@link serveMcp}, {@link proxyMcp}, {@link pipelineServer}, or your own
   * function.
   * @defaultValue none
   */
  mcp?: McpSource;
  /**
   * Whether to serve the MCP server also on stdin and stdout.
   * @defaultValue false
   */
  isStdioServed?: boolean;
  /**
   * The prom-client registry for all metrics, of either content type. If another exporter uses it, or one of its metrics has
   * the same name as one of ours, that is an error and a new registry is used. {@link Exporter.close} frees the registry.
   * @defaultValue a new registry
   */
  registry?: NonNullable<MetricsCollectorOptions['registry']>;
  /**
   * Whether the listeners keep the process running. Leave it off for a server on stdio, which has to end when its client
   * disconnects.
   * @defaultValue false
   */
  keepsProcessAlive?: boolean;
  /** Errors that it throws are ignored. @defaultValue JSON lines on stderr at the configured level */
  logger?: Logger;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/**
 * An Express router, typed without Express so that programs do not need its types.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { createExporter } from 'mcp-exporter';
 *
 * const exporter = createExporter();
 * const app = express().use('/monitoring', exporter.router);
 * const server = app.listen(8080, async () => {
 *   const response = await fetch('http://127.0.0.1:8080/monitoring/health');
 *   console.log(response.status); // 200
 *   server.close();
 * });
 * server.on('upgrade', exporter.handleUpgrade); // the page's live feed
 * ```
 */
export type MountableRouter = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;
