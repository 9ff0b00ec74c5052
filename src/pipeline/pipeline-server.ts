import { randomUUID } from 'node:crypto';

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

import { ExporterError } from '../errors.ts';
import type { Logger } from '../logging/logger.ts';
import { systemClock, type Clock } from '../monitor/clock.ts';
import { currentOperationContext } from '../monitor/operation-context.ts';
import type { SessionRegistry } from '../monitor/session-registry.ts';
import { WorkerPool } from './host/worker-pool.ts';
import type { WorkerLimits } from './host/worker-process.ts';
import { PipelineSessions } from './session/pipeline-session.ts';
import { pipelineSessionOf } from './session/session-id.ts';
import { registerSessionResources, type SessionUpdates } from './session/session-resources.ts';
import { ToolCall } from './session/tool-call.ts';
import { registerPipelineRunFull } from './tools/pipeline-run-full.ts';
import { PIPELINE_STATUS, registerPipelineStatus } from './tools/pipeline-status.ts';
import { registerQualityPatcherFix } from './tools/quality-patcher-fix.ts';
import type { ToolRegistry } from './tools/tool-registry.ts';
import { registerVersionKeeperScan } from './tools/version-keeper-scan.ts';
import { findWorkspaceRoot, type WorkspaceOptions } from './workspace-root.ts';

const PIPELINE_SERVER_NAME = 'mcp-exporter-pipeline';

const INSTRUCTIONS =
  'Scans one code workspace, and fixes what its linter can fix. Start with version_keeper_scan; ' +
  'quality_patcher_fix and pipeline_run_full write to disk only with auto_apply: true. ' +
  'Give all calls of one task the same session_id, and follow it with pipeline_status or pipeline://sessions/{id}.';

export interface PipelineOptions extends WorkspaceOptions {
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  /** The version in `serverInfo`. */
  readonly version: string;
  /** @defaultValue the system's clocks */
  readonly clock?: Clock;
  /** @defaultValue the limits in docs/limits.md */
  readonly limits?: Partial<WorkerLimits>;
}

/** The parts that the pipeline's servers share: the workers and the sessions. */
export interface Pipeline {
  /** Creates the server for one client. */
  readonly createServer: () => McpServer;
  /** The session that a call names. Does not create the session. */
  readonly sessionOf: (call: { toolName: string; arguments: unknown }) => string | undefined;
  /** Removes the temporary files of an earlier process. */
  readonly cleanUp: () => Promise<void>;
  /** Ends the workers and the resource updates. The owner of the servers closes them. */
  readonly close: () => void;
}

/** @throws ExporterError `workspace_unavailable` */
export async function createPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { workspaceDir, sessions, clock = systemClock } = options;
  const root = await findWorkspaceRoot(workspaceDir);
  const { isWorkspaceTrusted: isTrusted = false, limits } = options;
  const workers = new WorkerPool({ root, isTrusted, sessions, limits });
  const shared: Shared = {
    ...options,
    workers,
    pipelineSessions: new PipelineSessions(
      clock,
      (error) => sessions.reportError(error),
      sessions.reportLimit,
    ),
    updates: new Set(),
  };
  return {
    createServer: () => createPipelineServer(shared),
    sessionOf: (call) => {
      const sessionId = pipelineSessionOf(call);
      const isQuestion = call.toolName === PIPELINE_STATUS;
      return isQuestion && sessionId !== undefined && !sessions.get(sessionId) ? undefined : sessionId;
    },
    cleanUp: () => workers.cleanUp(),
    close: () => {
      workers.close();
      shared.updates.forEach((updates) => updates.stop());
    },
  };
}

interface Shared extends PipelineOptions {
  readonly workers: WorkerPool;
  readonly pipelineSessions: PipelineSessions;
  /** The resource updates of the connected clients. */
  readonly updates: Set<SessionUpdates>;
}

function createPipelineServer(shared: Shared): McpServer {
  const { sessions, pipelineSessions, logger } = shared;
  const server = new McpServer(
    { name: PIPELINE_SERVER_NAME, title: 'Code pipeline', version: shared.version },
    {
      capabilities: { tools: {}, resources: { subscribe: true, listChanged: true }, logging: {} },
      instructions: INSTRUCTIONS,
    },
  );
  const onSendError = (error: unknown) => logger.debug({ err: error }, 'a notification could not be sent');

  const running = shared.updates;
  const updates = registerSessionResources(server, { sessions, pipelineSessions, running, onSendError });
  server.server.oninitialized = () => updates.start();
  server.server.onclose = () => updates.stop();

  const registry = createToolRegistry(shared, server, onSendError);
  registerVersionKeeperScan(registry);
  registerQualityPatcherFix(registry);
  registerPipelineRunFull(registry);
  registerPipelineStatus(registry);
  return server;
}

function createToolRegistry(
  shared: Shared,
  server: McpServer,
  onSendError: (error: unknown) => void,
): ToolRegistry {
  const { sessions, pipelineSessions, logger } = shared;
  const connectionId = randomUUID();

  const sessionIdOf: ToolRegistry['sessionIdOf'] = (given, extra) =>
    given ?? currentOperationContext()?.sessionId ?? extra.sessionId ?? connectionId;

  const handle: ToolRegistry['handle'] = async (given, extra, work) => {
    const sessionId = sessionIdOf(given, extra);
    const log: ToolCall['log'] = (level, message) => {
      const data = { session_id: sessionId, message };
      server.sendLoggingMessage({ level, logger: 'pipeline', data }, extra.sessionId).catch(onSendError);
    };
    try {
      return await work(new ToolCall({ sessionId, sessions, pipelineSessions, extra, log, onSendError }));
    } catch (error) {
      if (extra.signal.aborted) throw error; // The client does not expect an answer.
      if (error instanceof ExporterError) {
        log('error', `${error.code}: ${error.message}`);
        return { content: [{ type: 'text', text: `${error.code}: ${error.message}` }], isError: true };
      }
      logger.error({ err: error }, 'a pipeline tool failed unexpectedly');
      throw error;
    }
  };
  return {
    server,
    workers: shared.workers,
    sessions,
    pipelineSessions,
    sessionIdOf,
    handle,
  };
}
