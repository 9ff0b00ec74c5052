import { attempt, readConfigFile, replaceConfigFile } from './config-file.ts';
import { shellLine } from './proxy-command-line.ts';
import { wrapConfig } from './wrap-config.ts';
import { reportLines } from './wrap-report.ts';

interface RunOptions {
  /** Path of the client's configuration file. */
  readonly file: string;
  readonly hubUrl: string;
  /** The user did not choose the hub: servers that are wrapped already keep theirs. */
  readonly isDefaultHub: boolean;
  /** The command, and its first arguments, by which clients start the proxy. */
  readonly program: readonly string[];
  /** The same for users, in a shell. */
  readonly shellProgram: readonly string[];
  /** The URLs in the file at which an exporter answers. */
  readonly watchedUrls: ReadonlySet<string>;
  /** Whether the environment has a key for the hub. */
  readonly hasKey: boolean;
  /** Replace the file instead of printing the result. */
  readonly isWrite: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `mcp-exporter wrap-config`: prints the rewritten file to stdout, or replaces the file if `isWrite` is set and keeps
 * its content as `FILE.bak`. The report goes to stderr.
 *
 * @throws ExporterError `invalid_client_config` if the file is not a client's configuration, or cannot be read or
 * written
 */
export function runWrapConfig(options: RunOptions): void {
  const { file, hubUrl, program, shellProgram, watchedUrls, isWrite, stdout, stderr } = options;
  const before = readConfigFile(file);
  const keepsHubs = options.isDefaultHub;
  const result = attempt(file, () =>
    wrapConfig(before, { hubUrl, program, shellProgram, keepsHubs, watchedUrls }),
  );
  const isChanged = result.text !== before;
  const lines = reportLines(result, options);
  if (!isWrite) {
    stdout(result.text);
  } else if (isChanged) {
    const backup = replaceConfigFile(file, before, result.text);
    lines.push(
      `${file} is written, and its earlier content is saved as ${backup}. Restart the client.`,
      `To undo: ${shellLine([...shellProgram, 'wrap-config', '--undo', file])}`,
    );
  }
  if (!isChanged) lines.push('Nothing to change.');
  else if (!isWrite) lines.push('Nothing was written. Pass --write to replace the file.');
  stderr(`${lines.join('\n')}\n`);
}
