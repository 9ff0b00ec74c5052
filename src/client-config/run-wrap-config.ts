import { attempt, readConfigFile, replaceConfigFile } from './config-file.ts';
import { shellLine } from './proxy-command-line.ts';
import { wrapConfig } from './wrap-config.ts';
import { reportLines } from './wrap-report.ts';

interface RunOptions {
  /** Path of the client's configuration. */
  readonly file: string;
  readonly hubUrl: string;
  /** Nobody asked for this hub: servers that are wrapped already keep theirs. */
  readonly isDefaultHub: boolean;
  /** What starts the proxy: a command, and its first arguments. */
  readonly program: readonly string[];
  /** Whether there is a key for the hub in the environment. */
  readonly hasKey: boolean;
  /** Replace the file, instead of printing what it would become. */
  readonly isWrite: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `mcp-exporter wrap-config`: the rewritten file goes to stdout, or with `isWrite` in the file's place, and what
 * was done goes to stderr. Before a file is replaced it is saved beside as `FILE.bak`.
 *
 * @throws ExporterError `invalid_client_config` where the file is not a client's configuration, or cannot be read
 * or written
 */
export function runWrapConfig(options: RunOptions): void {
  const { file, hubUrl, program, isWrite, stdout, stderr } = options;
  const before = readConfigFile(file);
  const result = attempt(file, () =>
    wrapConfig(before, { hubUrl, program, keepsHubs: options.isDefaultHub }),
  );
  const isChanged = result.text !== before;
  const lines = reportLines(result, options);
  if (!isWrite) {
    stdout(result.text);
  } else if (isChanged) {
    const backup = replaceConfigFile(file, before, result.text);
    lines.push(
      `${file} is written, and its earlier content is saved as ${backup}. Restart the client.`,
      `To undo: ${shellLine([...program, 'wrap-config', '--undo', file])}`,
    );
  }
  if (!isChanged) lines.push('There is nothing to change.');
  else if (!isWrite) lines.push('Nothing was written. Pass --write to replace the file.');
  stderr(`${lines.join('\n')}\n`);
}
