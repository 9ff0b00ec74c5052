import { noteRefusal } from '../http/http-error.ts';
import { monitorMcpServer, type MonitorMcpServerOptions } from '../mcp/hook/monitor-server.ts';
import { serverNameOf } from '../mcp/hook/server-name.ts';
import type { StdioEndpoint } from '../mcp/serve/stdio-endpoint.ts';
import type { McpSource } from './mcp-source.ts';
import { requirePackages } from './required-packages.ts';

/**
 * An `McpServer` or `Server` of SDK v1.
 *
 * @see {@link serveMcp} for an example
 */
export interface ServableServer {
  connect(transport: never): Promise<void>;
  close(): Promise<void>;
}

/**
 * Options of {@link serveMcp}, with the meaning that they have for {@link monitorMcpServer}.
 *
 * @see {@link serveMcp} for an example
 */
export type ServeMcpOptions = Pick<
  MonitorMcpServerOptions,
  'serverName' | 'sessionOf' | 'isCapturingPayloads'
>;

/**
 * Serves an MCP server over Streamable HTTP and, if `isStdioServed` is set, on stdin and stdout. Every client is watched.
 *
 * @param createServer - returns a new server. It is called once per session
 * @returns the option `mcp` of `createExporter`. It throws ExporterError `packages_missing` without SDK v1, a TypeError if
 * `createServer` does not return a server, or an error of `createServer`
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports}
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
 * import { createExporter, serveMcp } from 'mcp-exporter';
 *
 * const createServer = () => new McpServer({ name: 'dice', version: '1.0.0' });
 * const exporter = createExporter({ mcp: serveMcp(createServer) });
 * const urls = await exporter.start();
 * console.log(urls.mcp); // http://127.0.0.1:3001/mcp
 * await exporter.close();
 * ```
 */
export function serveMcp(createServer: () => ServableServer, options: ServeMcpOptions = {}): McpSource {
  return async (context) => {
    const { sessions, clock, config } = context;
    requirePackages('a served MCP server', ['@modelcontextprotocol/sdk']);
    const { createMcpEndpoint } = await import('../mcp/serve/http-endpoint.ts');
    const createWatched = () =>
      monitorMcpServer(expectServer(createServer()), { ...options, exporter: context, clock });
    // Creates the first server now, because its name is needed, and a failing factory should fail at the start.
    let unused: ServableServer | null = createWatched();
    const takeServer = () => {
      const server = unused ?? createWatched();
      unused = null;
      return server;
    };
    const { serverName = serverNameOf(unused) } = options;
    const endpoint = createMcpEndpoint({
      createServer: takeServer,
      config,
      onRefused: noteRefusal,
      onLimit: sessions.reportLimit,
    });
    let stdio: StdioEndpoint | undefined;
    return {
      serverName,
      handle: (request, response) => endpoint.handle(request, response),
      async serveStdio() {
        const { serveStdio } = await import('../mcp/serve/stdio-endpoint.ts');
        const connection = { serverName, transport: 'pipe', protocolVersion: '' } as const;
        stdio = await serveStdio(takeServer(), () =>
          sessions.publish({ type: 'transport_error', connection, kind: 'stray_stdout' }),
        );
        return stdio;
      },
      async close() {
        await stdio?.close();
        await endpoint.close();
      },
    };
  };
}

/** Checks at run time, because JavaScript programs can return anything. */
function expectServer(server: ServableServer): ServableServer {
  if (typeof server?.connect === 'function') return server;
  throw new TypeError(`serveMcp: expected a function that returns an McpServer, received ${typeof server}`);
}
