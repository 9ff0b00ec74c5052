import { randomBytes } from 'node:crypto';

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';

/** One round of an MCP client's work: every tool, a failing call, and a call that is cancelled halfway. */
export async function runRound(client: Client, sessionId: string, stopped: AbortSignal): Promise<void> {
  const call = (name: string, args: Record<string, unknown>) =>
    client.callTool(
      { name, arguments: { session_id: sessionId, ...args }, _meta: { traceparent: traceparent() } },
      undefined,
      {
        signal: stopped,
        // A server reports progress only to a client that asks for it.
        onprogress: () => undefined,
      },
    );

  await call('version_keeper_scan', {});
  await call('quality_patcher_fix', { max_fixes: 10, auto_apply: true });
  await call('pipeline_run_full', { max_cycles: 3, max_fixes_per_cycle: 4, auto_apply: true });
  await call('version_keeper_scan', { target_files: ['../outside-of-the-workspace.ts'] });
  await cancelHalfWay(client, sessionId);
  await call('pipeline_status', {});
}

async function cancelHalfWay(client: Client, sessionId: string): Promise<void> {
  const cancel = new AbortController();
  const request = { name: 'version_keeper_scan', arguments: { session_id: sessionId } };
  const options = {
    signal: cancel.signal,
    onprogress: ({ progress, total = 100 }: { progress: number; total?: number | undefined }) => {
      if (progress >= total / 2) cancel.abort('half way is enough');
    },
  };
  await client.callTool(request, undefined, options).catch((error: unknown) => {
    if (!cancel.signal.aborted) throw error;
  });
}

/** The header of a traced client. Durations carry its trace as an exemplar. */
function traceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
