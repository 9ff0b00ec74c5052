import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';

/** Connects an MCP client to the pipeline server at `base`. */
export async function connectClient(base: URL, headers: Record<string, string> = {}) {
  const client = new Client({ name: 'test', version: '1' });
  onTestFinished(() => client.close());
  await client.connect(new StreamableHTTPClientTransport(new URL('mcp', base), { requestInit: { headers } }));
  const call = (name: string, args: object, options: object = {}, meta: object = {}) =>
    client.callTool(
      { name, arguments: { session_id: 'on-the-page', ...args }, _meta: { ...meta } },
      undefined,
      options,
    );
  return { client, call };
}

/** Starts a long run, and waits for its first steps. */
export function startLongRun({ call }: Awaited<ReturnType<typeof connectClient>>, args: object = {}) {
  const cancel = new AbortController();
  const ended = new Promise<void>((resolve, reject) => {
    const options = { signal: cancel.signal, onprogress: () => undefined, timeout: 100_000 };
    call('pipeline_run_full', { max_cycles: 10, max_fixes_per_cycle: 1, ...args }, options).then(
      () => resolve(),
      (error: unknown) => (cancel.signal.aborted ? resolve() : reject(error as Error)),
    );
  });
  return { ended, cancel: () => cancel.abort('seen enough') };
}
