import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import { currentOperationContext } from '../../monitor/operation-context.ts';
import { RealtimeMonitor } from '../../monitor/realtime-monitor.ts';
import { sessionStatus, sessionStatusSchema } from '../session/session-status.ts';
import { statusText } from './result-text.ts';
import { optionalSessionId, outputFormat, toolResult, type ToolRegistry } from './tool-registry.ts';

const inputSchema = z.strictObject({
  session_id: optionalSessionId,
  output_format: outputFormat.default('json'),
});

export const PIPELINE_STATUS = 'pipeline_status';
const MAX_NAMED_SESSIONS = 10;

export function registerPipelineStatus(registry: ToolRegistry): void {
  registry.server.registerTool(
    PIPELINE_STATUS,
    {
      title: 'Status of a session',
      description:
        'What a session has scanned and fixed so far, and what it is doing now. Without session_id: the session of this connection.',
      inputSchema,
      outputSchema: sessionStatusSchema,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    (input, extra) => statusResult(registry, input, registry.sessionIdOf(input.session_id, extra)),
  );
}

function statusResult(
  { sessions, pipelineSessions }: ToolRegistry,
  { session_id: askedFor, output_format: format }: z.infer<typeof inputSchema>,
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
  const status = sessionStatus(
    monitor,
    session,
    sessions.redactor,
    own?.sessionId === sessionId ? own.operationId : undefined,
  );
  return toolResult(status, format, statusText);
}
