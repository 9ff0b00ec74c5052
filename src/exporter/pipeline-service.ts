import { noteRefusal } from '../http/http-error.ts';
import type { McpService } from '../http/mcp-route.ts';
import type { Logger } from '../logging/logger.ts';
import { createMcpEndpoint } from '../mcp/http/http-endpoint.ts';
import { monitorMcpServer } from '../mcp/hook/monitor-server.ts';
import { serveStdio, type StdioEndpoint } from '../mcp/stdio/stdio-endpoint.ts';
import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { createPipeline, PIPELINE_SERVER_NAME } from '../pipeline/pipeline-server.ts';

export interface PipelineServiceOptions {
  readonly workspaceDir: string;
  /** Whether the workspace's own ESLint and its configuration may be run. */
  readonly isWorkspaceTrusted: boolean;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly version: string;
  readonly clock: Clock;
  /** An MCP session whose client has been silent for so long is ended. */
  readonly sessionIdleMs: number;
  readonly isCapturingPayloads: boolean;
}

/** The built-in pipeline server, watched like any other. */
export interface PipelineService {
  readonly mcp: McpService;
  /** Serves the client on stdin and stdout, too. */
  serveStdio(): Promise<StdioEndpoint>;
  close(): Promise<void>;
}

/**
 * Opens the pipeline server over a workspace. It is the one part that needs an MCP SDK, and loads it.
 *
 * @throws ExporterError `workspace_unavailable`
 */
export async function openPipelineService(options: PipelineServiceOptions): Promise<PipelineService> {
  const { sessions, clock, sessionIdleMs: idleMs, isCapturingPayloads: capturePayloads } = options;
  const pipeline = await createPipeline(options);
  pipeline.cleanUp().catch((error: unknown) => sessions.reportFault('pipeline', error));
  const createServer = () =>
    monitorMcpServer(pipeline.createServer(), {
      exporter: { sessions },
      sessionOf: pipeline.sessionOf,
      capturePayloads,
      clock,
    });
  const endpoint = createMcpEndpoint({
    createServer,
    idleMs,
    onRefused: noteRefusal,
    onLimit: sessions.reportLimit,
  });
  const connection = { serverName: PIPELINE_SERVER_NAME, transport: 'pipe', protocolVersion: '' } as const;
  let stdio: StdioEndpoint | undefined;
  return {
    mcp: {
      handle: (request, response) => endpoint.handle(request, response),
      isKeyAsked: true,
      onRefused: (httpStatus, errorType) =>
        sessions.publish({ type: 'http_rejected', serverName: PIPELINE_SERVER_NAME, httpStatus, errorType }),
    },
    async serveStdio() {
      stdio = await serveStdio(createServer(), () =>
        sessions.publish({ type: 'transport_error', connection, kind: 'stray_stdout' }),
      );
      return stdio;
    },
    async close() {
      await stdio?.close();
      await endpoint.close();
      pipeline.close();
    },
  };
}
