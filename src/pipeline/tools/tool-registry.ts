import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { PipelineSessions } from '../session/pipeline-session.ts';
import { sessionIdSchema } from '../session/session-id.ts';
import type { Extra, ToolCall } from '../session/tool-call.ts';
import type { WorkerPool } from '../host/worker-pool.ts';

/** The arguments of a tool's registration. */
export interface ToolRegistry {
  readonly server: McpServer;
  readonly workers: WorkerPool;
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  /** The session that a call names, otherwise the session of its connection. */
  sessionIdOf(this: void, given: string | undefined, extra: Extra): string;
  /** Does the work of one call. An ExporterError becomes a result with `isError`. */
  handle(
    this: void,
    sessionId: string | undefined,
    extra: Extra,
    work: (call: ToolCall) => Promise<CallToolResult>,
  ): Promise<CallToolResult>;
}

/** Annotations of a tool that writes to the workspace if `auto_apply` is true. */
export const writesToWorkspace = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: false,
};

export const optionalSessionId = sessionIdSchema.optional();

export const targetFiles = z
  .array(z.string().min(1).max(4096))
  .min(1)
  .max(1000)
  .optional()
  .describe('Files or folders, relative to the workspace; all of it by default');

export const outputFormat = z.enum(['json', 'text']).describe('Of the text content');

/** Structured content, and its text: JSON for clients without support for it, or a text for people. */
export function toolResult<T extends Record<string, unknown>>(
  output: T,
  format: z.infer<typeof outputFormat>,
  textOf: (output: T) => string,
): CallToolResult {
  const text = format === 'text' ? textOf(output) : JSON.stringify(output, null, 2);
  return { content: [{ type: 'text', text }], structuredContent: output };
}
