import { readFileSync, statSync, writeFileSync } from 'node:fs';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError, errorMessage } from '../errors.ts';
import { wrapConfig, type WrappedConfig } from './wrap-config.ts';

interface RunOptions {
  /** Path of the client's configuration. */
  readonly file: string;
  readonly hubUrl: string;
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
export function runWrapConfig({ file, hubUrl, isWrite, stdout, stderr }: RunOptions): void {
  const original = attempt(`cannot read ${file}`, () => readFileSync(file));
  const before = attempt(`${file}: expected UTF-8`, () =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(original),
  );
  const result = attempt(file, () => wrapConfig(before, { hubUrl }));
  const isChanged = result.text !== before;
  const lines = reportLines(file, result);
  if (!isWrite) {
    stdout(result.text);
  } else if (isChanged) {
    const backup = attempt(`cannot save ${file}`, () => saveOriginal(file, original));
    attempt(`cannot write ${file}`, () => writeFileAtomic.sync(file, result.text));
    lines.push(`Written. The original is in ${backup}; restart the client.`);
  }
  if (!isChanged) lines.push('There is nothing to change.');
  else if (!isWrite) lines.push('Nothing was written: --write puts it in the place of the file.');
  stderr(`${lines.join('\n')}\n`);
}

function reportLines(file: string, { wrapped, skipped, commands }: WrappedConfig): string[] {
  const lines = [`${file}: ${wrapped.length} of ${wrapped.length + skipped.length} servers to wrap`];
  lines.push(...wrapped.map((name) => `  wrapped ${printable(name)}`));
  lines.push(...skipped.map(({ name, reason }) => `  skipped ${printable(name)}: ${reason}`));
  if (wrapped.length > 0)
    lines.push('Keep the hub running, which the proxies report to:', '  mcp-exporter hub');
  if (commands.length > 0) {
    lines.push(
      'Keep these running too, which the client connects to:',
      ...commands.map((line) => `  ${line}`),
    );
  }
  return lines;
}

/** Names come from the file: nothing in them may steer the terminal. */
function printable(name: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(name) ? name : JSON.stringify(name);
}

/** @returns the path of the copy; an older copy is never overwritten */
function saveOriginal(file: string, original: Uint8Array): string {
  const { mode } = statSync(file);
  for (let count = 0; ; count += 1) {
    const backup = count === 0 ? `${file}.bak` : `${file}.bak.${count}`;
    try {
      writeFileSync(backup, original, { flag: 'wx', mode });
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function attempt<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new ExporterError('invalid_client_config', `${what}: ${errorMessage(error)}`, { cause: error });
  }
}
