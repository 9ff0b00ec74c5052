import { z } from 'zod';

export const sessionIdSchema = z
  .string()
  .regex(/^[\w.:-]{1,128}$/, 'expected 1 to 128 letters, digits, ".", "_", ":" or "-"')
  .describe('The session that the call belongs to; any id that you choose starts a new one');

const argumentsWithSession = z.object({ session_id: sessionIdSchema });

/**
 * The session that a call names; undefined if the name is missing or invalid. Such a call belongs to its MCP session.
 */
export function pipelineSessionOf(call: { toolName: string; arguments: unknown }): string | undefined {
  return argumentsWithSession.safeParse(call.arguments).data?.session_id;
}
