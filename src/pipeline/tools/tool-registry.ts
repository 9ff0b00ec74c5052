import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import type { SessionRegistry } from '../../monitor/session-registry.ts';
import type { Linter } from '../linter.ts';
import type { PipelineSessions } from '../pipeline-session.ts';
import { sessionIdSchema } from '../session-id.ts';
import type { Extra, ToolCall } from '../tool-call.ts';
import type { Workspace } from '../workspace.ts';

/** What a tool's registration needs. */
export interface ToolRegistry {
  readonly server: McpServer;
  readonly workspace: Workspace;
  readonly linter: Linter;
  readonly sessions: SessionRegistry;
  readonly pipelineSessions: PipelineSessions;
  /** The session that a call names, or else the one of its connection. */
  sessionIdOf(this: void, given: string | undefined, extra: Extra): string;
  /** Runs the work of one call, and turns what it throws into a result that says what was expected. */
  handle(
    this: void,
    sessionId: string | undefined,
    extra: Extra,
    work: (call: ToolCall) => Promise<CallToolResult>,
  ): Promise<CallToolResult>;
}

// What several tools say, take and give.

/** Of a tool that writes to the workspace where it is told to. */
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

export const scanTotals = {
  files_scanned: z.number().int(),
  issues_found: z.number().int(),
  errors: z.number().int(),
  warnings: z.number().int(),
  fixable: z.number().int().describe('Issues that come with a fix'),
  quality_score: z.number().describe('Percent of the scanned files without any issue'),
};

export const fixTotals = {
  fixes_applied: z.number().int().describe('Written to disk; none in a dry run'),
  fixes_proposed: z.number().int().describe('In the diff of a dry run'),
  fixes_failed: z.number().int(),
};

export const changes = {
  failures: z.array(z.object({ path: z.string(), fixes: z.number().int(), reason: z.string() })),
  diff: z.string().describe('Unified diff of what was changed, or would be'),
  diff_truncated: z.boolean(),
};

/** How the fixes of a call are counted: what a dry run does is only proposed. */
export function countFixes(fixed: number, failed: number, isDryRun: boolean) {
  return {
    fixes_applied: isDryRun ? 0 : fixed,
    fixes_proposed: isDryRun ? fixed : 0,
    fixes_failed: failed,
  };
}

/** Structured content, and the same as text for clients that know no structure. */
export function toolResult(
  output: Record<string, unknown>,
  text: string = JSON.stringify(output, null, 2),
): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: output };
}
