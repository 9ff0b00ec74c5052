import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** The built program, which listens on free ports. */
export interface RunningProgram {
  /** Address of the live page: its own, or that of its hub. */
  readonly url: string;
  /** `''` if no MCP server is served. */
  readonly mcpUrl: string;
  stop(): Promise<void>;
}

/** Starts `mcp-exporter` with these arguments, and reads its addresses from its output. */
export async function startProgram(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const ports = { MONITORING_DASHBOARD_PORT: '0', MONITORING_WS_PORT: '0', MONITORING_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...ports, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const urls = new Map<string, string>();
  const last = args[0] === 'serve' ? 'MCP endpoint' : 'live page';
  for await (const line of createInterface(child.stdout)) {
    const [, name, url] = /^ +(\S.*?) {2,}(http\S+)/.exec(line) ?? [];
    if (name !== undefined && url !== undefined) urls.set(name, url);
    if (urls.has(last)) break;
  }
  child.stdout.resume();
  const url = urls.get('live page');
  if (url === undefined) throw new Error(`mcp-exporter ${args.join(' ')} did not start; it said why above`);
  return {
    url,
    mcpUrl: urls.get('MCP endpoint') ?? '',
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
