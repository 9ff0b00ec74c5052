import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Registry } from 'prom-client';

import type { Config } from '../settings/config.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';

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
   * The folder that the built-in pipeline server works on, at `/mcp`.
   * @defaultValue no pipeline server
   */
  workspaceDir?: string;
  /**
   * Whether the pipeline server may run the workspace's own ESLint and its configuration, which are programs. Without
   * it, the server checks built-in rules and runs nothing of the workspace.
   * @defaultValue false
   */
  isWorkspaceTrusted?: boolean;
  /**
   * Whether the pipeline server also speaks MCP on stdin and stdout.
   * @defaultValue false
   */
  isStdioServed?: boolean;
  /**
   * An MCP server that speaks HTTP, to be watched at `/mcp` through a transparent proxy.
   * @defaultValue none
   */
  upstream?: { readonly url: URL; readonly serverName: string };
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

/** The addresses of a started exporter, or of the hub that it reports to. */
export interface ExporterUrls {
  /** Null if the page is not served. */
  readonly page: string | null;
  /** Null if the exporter does not listen: its port is in use, or a setting keeps it closed. */
  readonly metrics: string | null;
  /** Null like {@link metrics}. */
  readonly feed: string | null;
  /** Null if no MCP server is served. */
  readonly mcp: string | null;
}

/** An express router, as apps of express and its like mount it; whoever has no types of express needs none. */
export type MountableRouter = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;
