import { ExporterError } from '../errors.ts';
import type { McpService } from '../http/mcp-route.ts';
import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { openUpstreamService } from './upstream-service.ts';

export interface ServedMcpOptions {
  /** The pipeline server's folder. */
  readonly workspaceDir: string | undefined;
  readonly isWorkspaceTrusted: boolean;
  /** A server to stand in front of. */
  readonly upstream: { readonly url: URL; readonly serverName: string } | undefined;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  readonly version: string;
  readonly clock: Clock;
  readonly sessionIdleMs: number;
  /** Whether calls' arguments and results are kept in the details of their operations. */
  readonly isCapturingPayloads: boolean;
  /** Keys of the exporter, which no server may get. */
  readonly keys: readonly string[];
}

/** The MCP server that an exporter serves: the pipeline server, or another server behind the HTTP proxy. */
export interface ServedMcp {
  readonly mcp: McpService;
  /** Serves a client on stdin and stdout, too. @returns a promise that resolves when the client has closed its end */
  serveStdio?(): Promise<{ readonly closed: Promise<void> }>;
  close(): Promise<void> | void;
}

/**
 * Null if there is no server to serve.
 *
 * @throws ExporterError `workspace_unavailable` or `sdk_missing`
 */
export async function openServedMcp(options: ServedMcpOptions): Promise<ServedMcp | null> {
  const { workspaceDir, upstream } = options;
  if (workspaceDir !== undefined) {
    const { openPipelineService } = await import('./pipeline-service.ts').catch(explainMissingSdk);
    return openPipelineService({ ...options, workspaceDir });
  }
  return upstream
    ? openUpstreamService({ ...options, upstream: upstream.url, serverName: upstream.serverName })
    : null;
}

/** The SDK is an optional peer: watching needs none. */
function explainMissingSdk(error: unknown): never {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  if (!isMissing || !error.message.includes('@modelcontextprotocol/sdk')) throw error;
  const message =
    'the pipeline server is written with the MCP SDK, which is not installed: npm install @modelcontextprotocol/sdk';
  throw new ExporterError('sdk_missing', message, { cause: error });
}
