import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import { currentOperationContext } from '../../monitor/operation-context.ts';
import { RealtimeMonitor } from '../../monitor/realtime-monitor.ts';
import { sessionStatus, sessionStatusSchema } from '../session/session-status.ts';
import { optionalSessionId, toolResult, type ToolRegistry } from './tool-registry.ts';

export const PIPELINE_STATUS = 'pipeline_status';
const MAX_NAMED_SESSIONS = 10;

export function registerPipelineStatus(registry: ToolRegistry): void {
  registry.server.registerTool(
    PIPELINE_STATUS,
    {
      title: 'Status of a session',
      description:
        'What a session has scanned and fixed so far, and what it is doing now. Without session_id: the session of this connection.',
      inputSchema: z.strictObject({ session_id: optionalSessionId }),
      outputSchema: sessionStatusSchema,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ session_id }, extra) => statusResult(registry, session_id, registry.sessionIdOf(session_id, extra)),
  );
}

function statusResult(
  { sessions, pipelineSessions }: ToolRegistry,
  askedFor: string | undefined,
  sessionId: string,
): CallToolResult {
  const session = pipelineSessions.get(sessionId);
  if (!session && askedFor !== undefined) {
    const known = pipelineSessions.list().map((other) => other.sessionId);
    const expected =
      known.length === 0 ? 'none has run yet' : `known are ${known.slice(0, MAX_NAMED_SESSIONS).join(', ')}`;
    const text = `unknown_session: no tool has run in session "${askedFor}"; ${expected}`;
    return { content: [{ type: 'text', text }], isError: true };
  }
  const own = currentOperationContext();
  const monitor = sessions.get(sessionId) ?? new RealtimeMonitor(sessionId);
  return toolResult(
    sessionStatus(
      monitor,
      session,
      sessions.redactor,
      own?.sessionId === sessionId ? own.operationId : undefined,
    ),
  );
}
