import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Registry } from 'prom-client';

import type { Config } from './config.ts';
import type { Logger } from './logger.ts';
import type { Clock } from './monitor/clock.ts';

export interface ExporterOptions {
  /** Settings that go before those of the environment. */
  config?: Partial<Config>;
  /**
   * The folder that the built-in pipeline server works on, at `/mcp`.
   * @defaultValue no pipeline server
   */
  workspaceDir?: string;
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
   * The prom-client registry that all metrics are on, for a program that has one.
   * @defaultValue a new one
   */
  registry?: Registry;
  /**
   * Whether the process goes on for as long as the exporter listens. A watched server on stdio ends when its client
   * is gone, and its exporter must not keep it.
   * @defaultValue false
   */
  keepsProcessAlive?: boolean;
  /** @defaultValue JSON lines on stderr at the configured level */
  logger?: Logger;
  /** @defaultValue the system's clocks */
  clock?: Clock;
}

/** Where what a started exporter sees can be looked at: here, or at the hub that it reports to. */
export interface ExporterUrls {
  /** Null where the page is not served. */
  readonly page: string | null;
  readonly metrics: string;
  readonly feed: string;
  /** Null where no MCP server is served. */
  readonly mcp: string | null;
}

/** An express router, as apps of express and its like mount it; whoever has no types of express needs none. */
export type MountableRouter = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;
