import { findWatchedUrls } from '../client-config/exporter-probe.ts';
import { resolveGivenPath } from '../client-config/given-path.ts';
import { planUndo, runUndo } from '../client-config/run-undo.ts';
import { runWrapConfig } from '../client-config/run-wrap-config.ts';
import { DEFAULT_PORT } from '../settings/settings.ts';
import { expectNoPositionals, parseHttpUrl, parseOptions, readSettings } from './arguments.ts';
import { programByPath, shellProgram } from './own-program.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_HUB = `http://127.0.0.1:${DEFAULT_PORT}`;

/** `mcp-exporter wrap-config`: puts every server of an MCP client's configuration behind a proxy. */
export async function wrapConfigFile(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions('wrap-config', args);
  const [given, ...rest] = positionals;
  if (given === undefined)
    throw new UsageError('wrap-config: expected FILE, the configuration of an MCP client');
  expectNoPositionals('wrap-config', rest);
  const file = resolveGivenPath(given, process);
  if (values.undo) {
    if (values.hub !== undefined) throw new UsageError('wrap-config: --undo and --hub exclude each other');
    process.stderr.write(`${runUndo(planUndo(file)).join('\n')}\n`);
    return;
  }
  const { hubUrl: hub, hubKey } = readSettings(values);
  runWrapConfig({
    file,
    hubUrl: parseHttpUrl('--hub', hub ?? DEFAULT_HUB).href.replace(/\/$/, ''),
    isDefaultHub: hub === undefined,
    program: programByPath(),
    shellProgram: shellProgram(),
    watchedUrls: await findWatchedUrls(file),
    hasKey: hubKey !== undefined,
    isWrite: values.write,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
}
