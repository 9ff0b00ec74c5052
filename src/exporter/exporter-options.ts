import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Registry } from 'prom-client';

import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { McpSource } from './mcp-source.ts';

export interface ExporterOptions {
  /** Settings that take precedence over the environment. */
  config?: Partial<Config>;
  /**
   * Whether a bad setting, a port in use, or a server that cannot be watched throws. Otherwise it is logged and counted
   * in `mcp_exporter_faults_total`, and everything else works: an exporter inside a server must not stop it.
   * @defaultValue false
   */
  strict?: boolean;
  /**
   * The MCP server to serve at `/mcp` and to watch: {@link serveMcp}, {@link proxyMcp}, {@link pipelineServer}, or a
   * function of your own.
   * @defaultValue none
   */
  mcp?: McpSource;
  /**
   * Whether the MCP server also speaks MCP on stdin and stdout.
   * @defaultValue false
   */
  isStdioServed?: boolean;
  /**
   * The prom-client registry for all metrics. If one of its metrics has the name of one of ours, a new registry is used.
   * @defaultValue a new registry
   */
  registry?: Registry;
  /**
   * Whether the process goes on for as long as the exporter listens. A watched server on stdio ends when its client
   * is gone, and its exporter must not keep it.
   * @defaultValue false
   */
  keepsProcessAlive?: boolean;
  /** May throw: it is only told, and never stops the exporter. @defaultValue JSON lines on stderr at the configured level */
  logger?: Logger;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/** An express router, as apps of express and its like mount it; whoever has no types of express needs none. */
export type MountableRouter = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;
