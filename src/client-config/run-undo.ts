import { rmSync } from 'node:fs';

import {
  attempt,
  readBackups,
  readConfigFile,
  replaceConfigFile,
  restoreConfigFile,
  type Backup,
} from './config-file.ts';
import { unwrapConfig, type UnwrappedConfig } from './unwrap-config.ts';
import { printable } from './wrap-report.ts';

/** What an undo would do to a file. */
export interface UndoPlan {
  readonly file: string;
  readonly before: string;
  readonly result: UnwrappedConfig;
  readonly backups: readonly Backup[];
}

/** @throws ExporterError `invalid_client_config` if the file is not a client's configuration, or cannot be read */
export function planUndo(file: string): UndoPlan {
  const before = readConfigFile(file);
  const backups = attempt(`cannot read the backups of ${file}`, () => readBackups(file));
  const texts = backups.map(({ text }) => text);
  return { file, before, backups, result: attempt(file, () => unwrapConfig(before, texts)) };
}

/**
 * Restores the file from its backup, and removes the backups that this makes equal to it. A file that was edited since
 * is saved once more before its servers are unwrapped.
 *
 * @returns a report, as lines
 * @throws ExporterError `invalid_client_config` if a file cannot be written
 */
export function runUndo({ file, before, result, backups }: UndoPlan): string[] {
  const { text, unwrapped, skipped, restored } = result;
  const stay = skipped.map(({ name, reason }) => `  skipped ${printable(name)}: ${reason}`);
  if (text === before) return [`${file}: nothing to undo`, ...stay];
  const origin = restored.at(-1);
  if (text !== origin) {
    const backup = replaceConfigFile(file, before, text);
    return [
      `${file}: unwrapped ${unwrapped.length} servers, and kept all other edits`,
      ...unwrapped.map((name) => `  unwrapped ${printable(name)}`),
      ...stay,
      `The wrapped file is saved as ${backup}. Restart the client.`,
    ];
  }
  restoreConfigFile(file, text);
  const steps = backups.filter((backup) => restored.includes(backup.text));
  for (const { path } of steps) rmSync(path, { force: true });
  const path = steps.find((backup) => backup.text === origin)?.path;
  return [`${file}: restored from ${path}, byte for byte. Restart the client.`, ...stay];
}
