import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import writeFileAtomic from 'write-file-atomic';

import { ExporterError, errorMessage } from '../errors.ts';

/** A copy of a file beside it. */
export interface Backup {
  readonly path: string;
  readonly text: string;
}

/** @throws ExporterError `invalid_client_config` if the file cannot be read or is not UTF-8 */
export function readConfigFile(file: string): string {
  const bytes = attempt(`cannot read ${file}`, () => readFileSync(file));
  return attempt(`${file}: expected UTF-8`, () => decode(bytes));
}

/**
 * Saves `before` as `FILE.bak` and replaces the file. An older backup is never overwritten: the next one is
 * `FILE.bak.1`.
 *
 * @param before - the content of the file
 * @returns the path of the backup
 * @throws ExporterError `invalid_client_config` if either cannot be written
 */
export function replaceConfigFile(file: string, before: string, after: string): string {
  const backup = attempt(`cannot save a backup of ${file}`, () => saveBackup(file, before));
  restoreConfigFile(file, after);
  return backup;
}

/** Replaces the file without a backup: `text` must be that of a backup. */
export function restoreConfigFile(file: string, text: string): void {
  attempt(`cannot write ${file}`, () => writeFileAtomic.sync(file, text));
}

/** The backups of a file that are text, the newest first. */
export function readBackups(file: string): Backup[] {
  const folder = dirname(file);
  const prefix = `${basename(file)}.bak`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^(?:\.\d+)?$/.test(name.slice(prefix.length)))
    .flatMap((name) => {
      const path = join(folder, name);
      try {
        return { path, text: decode(readFileSync(path)), savedMs: statSync(path).mtimeMs };
      } catch {
        return [];
      }
    })
    .toSorted((a, b) => b.savedMs - a.savedMs);
}

/** Runs `action` and reports what it was for if it fails. */
export function attempt<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new ExporterError('invalid_client_config', `${what}: ${errorMessage(error)}`, { cause: error });
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function saveBackup(file: string, text: string): string {
  const { mode } = statSync(file);
  for (let count = 0; ; count += 1) {
    const backup = count === 0 ? `${file}.bak` : `${file}.bak.${count}`;
    try {
      writeFileSync(backup, text, { flag: 'wx', mode });
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
