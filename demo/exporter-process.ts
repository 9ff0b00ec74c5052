import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { startGuarded } from '../scripts/guarded-child.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export interface RunningExporter {
  readonly urls: { page: string; metrics: string; mcp: string; feed: string; api: string };
  /** Contains the key if the environment requires one. */
  readonly headers: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * Starts the built program as a user would, and reads its addresses from its output.
 *
 * @param port - undefined for the port of the settings
 * @param stopped - stops the program while it starts
 * @throws Error if the program does not start, or is stopped before it has started
 */
export async function startExporter(
  workspaceDir: string,
  stopped: AbortSignal,
  port: string | undefined,
): Promise<RunningExporter> {
  const env: NodeJS.ProcessEnv = { MONITORING_LOG_LEVEL: 'warn', ...process.env };
  const flags = port === undefined ? [] : ['--port', port];
  const exporter = startGuarded(() =>
    spawn(process.execPath, [CLI, 'serve', '--workspace', workspaceDir, ...flags], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Ctrl-C must reach only the demo, which then stops the program.
      detached: true,
    }),
  );
  const isStopped = once(stopped, 'abort');
  const metrics = await Promise.race([readMetricsUrl(exporter.child.stdout), exporter.ended, isStopped]);
  if (typeof metrics !== 'string') {
    await exporter.stop();
    throw new Error('the exporter did not start; it said why above');
  }
  const base = new URL('.', metrics);
  const key = env['MONITORING_REQUIRE_AUTH'] === 'true' ? env['MONITORING_API_KEY'] : undefined;
  return {
    urls: {
      metrics,
      page: base.href,
      mcp: new URL('mcp', base).href,
      feed: new URL('ws', base).href.replace(/^http/, 'ws'),
      api: new URL('api/v1/', base).href,
    },
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
    stop: () => exporter.stop(),
  };
}

async function readMetricsUrl(stdout: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface(stdout)) {
    const [, url] = /^ *metrics +(\S+)/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  return undefined;
}
