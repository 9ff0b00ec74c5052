import type { McpService } from '../http/mcp-service.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { Config } from '../settings/config.ts';

/**
 * The exporter's parts that a served MCP server may use. Pass it to `monitorMcpServer` as `exporter`.
 *
 * @see {@link McpSource} for an example
 */
export interface McpContext {
  readonly sessions: SessionRegistry;
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The version of this package. */
  readonly version: string;
  /** Whether mistakes throw. */
  readonly strict: boolean;
}

/**
 * An MCP server that accepts clients.
 *
 * @see {@link McpSource} for an example
 */
export interface ServedMcp extends McpService {
  /**
   * Also serves one client on stdin and stdout.
   *
   * @returns `closed` resolves when the client has disconnected
   */
  serveStdio?(): Promise<{ readonly closed: Promise<void> }>;
  /** Ends the sessions of all clients. It is called once, and the exporter waits up to two seconds for it. */
  close?(): Promise<void> | void;
}

/**
 * Opens the MCP server that an exporter serves at `/mcp`. `exporter.start()` calls it once, before it listens.
 *
 * {@link serveMcp} creates one for a server of SDK v1, {@link proxyMcp} for a server behind a URL. Your own function can
 * serve anything that handles Node's HTTP requests. If it throws or rejects, so does a strict `exporter.start()`; otherwise
 * the error is logged, and no MCP server is served.
 *
 * @example
 * A handler of SDK v2:
 *
 * ```ts
 * import { toNodeHandler } from '@modelcontextprotocol/node';
 * import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
 * import { createExporter, monitorMcpServer, type McpSource } from 'mcp-exporter';
 *
 * const createServer = () => new McpServer({ name: 'weather', version: '1.0.0' });
 * const mcp: McpSource = (exporter) => {
 *   const handler = monitorMcpServer(createMcpHandler(createServer), { exporter, serverName: 'weather' });
 *   return { serverName: 'weather', countsRefusals: true, handle: toNodeHandler(handler) };
 * };
 *
 * const exporter = createExporter({ mcp });
 * const urls = await exporter.start();
 * console.log(urls.mcp); // http://127.0.0.1:3001/mcp
 * await exporter.close();
 * ```
 */
export type McpSource = (context: McpContext) => ServedMcp | Promise<ServedMcp>;
