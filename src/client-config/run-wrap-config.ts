import { readFileSync, statSync, writeFileSync } from 'node:fs';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError, errorMessage } from '../errors.ts';
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
  const original = attempt(`cannot read ${file}`, () => readFileSync(file));
  const before = attempt(`${file}: expected UTF-8`, () =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(original),
  );
  const result = attempt(file, () =>
    wrapConfig(before, { hubUrl, program, keepsHubs: options.isDefaultHub }),
  );
  const isChanged = result.text !== before;
  const lines = reportLines(result, options);
  if (!isWrite) {
    stdout(result.text);
  } else if (isChanged) {
    const backup = attempt(`cannot save ${file}`, () => saveOriginal(file, original));
    attempt(`cannot write ${file}`, () => writeFileAtomic.sync(file, result.text));
    lines.push(`Written. What stood there before is in ${backup}; restart the client.`);
  }
  if (!isChanged) lines.push('There is nothing to change.');
  else if (!isWrite) lines.push('Nothing was written: --write puts it in the place of the file.');
  stderr(`${lines.join('\n')}\n`);
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
