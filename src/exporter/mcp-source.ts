import type { McpService } from '../http/mcp-service.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import type { Config } from '../settings/config.ts';

/** The exporter's parts that a served MCP server may use. `monitorMcpServer` takes it as its `exporter`. */
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

/** An MCP server that is open for clients. */
export interface ServedMcp extends McpService {
  /**
   * Also serves one client on stdin and stdout.
   *
   * @returns a promise that resolves when the client has closed its end
   */
  serveStdio?(): Promise<{ readonly closed: Promise<void> }>;
  /** Ends the sessions of all clients. Called once; the exporter waits for it for two seconds. */
  close?(): Promise<void> | void;
}

/**
 * Opens the MCP server that an exporter serves at `/mcp`. `exporter.start()` calls it once, before it listens.
 *
 * {@link serveMcp} makes one for a server of SDK v1, {@link proxyMcp} one for a server behind a URL. A function of your
 * own can serve anything that answers Node's requests.
 *
 * @example A handler of SDK v2, with `toNodeHandler` of `@modelcontextprotocol/node`
 * ```ts
 * const mcp: McpSource = (exporter) => {
 *   const handler = monitorMcpServer(createMcpHandler(createServer), { exporter, serverName: 'weather' });
 *   return { serverName: 'weather', countsRefusals: true, handle: toNodeHandler(handler) };
 * };
 * ```
 */
export type McpSource = (context: McpContext) => ServedMcp | Promise<ServedMcp>;
