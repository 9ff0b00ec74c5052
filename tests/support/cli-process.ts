import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Selects a free port for both listeners. */
export const FREE_PORTS = { MONITORING_DASHBOARD_PORT: '0', MONITORING_WS_PORT: '0' };

/** The same settings under the names that a proxy in front of a command reads. */
export function forProxy(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`MCP_EXPORTER_${name}`, value]));
}

/** Starts the built program as a child process, without the settings of this process. */
export function runCli(
  args: string[],
  env: Record<string, string> = FREE_PORTS,
  stderr: 'pipe' | number = 'pipe',
) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', stderr],
  }) as ChildProcessWithoutNullStreams;
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  let onOutput = () => {};
  for (const stream of ['stdout', 'stderr'] as const) {
    // Null if the test redirects the stream to a file.
    (child[stream] as Readable | null)?.on('data', (chunk: Buffer) => {
      output[stream] += chunk.toString();
      onOutput();
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return {
    child,
    output,
    /** The exit code and all output. */
    ended,
    /** Resolves with the match of `pattern` as soon as the output contains it. */
    printed: async (stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> => {
      const found = new Promise<string>((resolve) => {
        onOutput = () => {
          const match = pattern.exec(output[stream]);
          if (match) resolve(match[1] ?? match[0]);
        };
        onOutput();
      });
      const failed = ended.then(({ code, stderr }) => {
        throw new Error(`it ended with ${code} before it printed ${pattern}: ${stderr}`);
      });
      return Promise.race([found, failed]);
    },
  };
}

/** Starts `mcp-exporter serve`, and waits until it listens. */
export async function serve(
  args: string[] = [],
  env: Record<string, string> = {},
  stderr: 'pipe' | number = 'pipe',
) {
  const cli = runCli(['serve', ...args], { ...FREE_PORTS, ...env }, stderr);
  const base = new URL('.', await cli.printed('stdout', /metrics +(\S+)/));
  return { ...cli, base };
}

/** Starts `mcp-exporter hub`, and waits until it listens. */
export async function hub(env: Record<string, string> = {}) {
  const cli = runCli(['hub'], { ...FREE_PORTS, ...env });
  const base = new URL('.', await cli.printed('stdout', /metrics +(\S+)/));
  return { ...cli, base };
}
