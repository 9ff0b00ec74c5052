import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A file or folder of this repository. */
export const inRepository = (path: string) => join(REPOSITORY, path);
export const readRepositoryFile = (path: string) => readFileSync(inRepository(path), 'utf8');

/** The folder of one run of the stack, with its configuration and secrets, and with its data by default. */
export function createRunFolder(dataDir: string | undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-stack-'));
  const data = dataDir === undefined ? join(directory, 'data') : resolve(dataDir);
  return {
    path: (name: string) => join(directory, name),
    /** Writes a file that only this user can read. */
    write: (name: string, text: string): string => {
      const file = join(directory, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
    /** Creates the data folder of a program. */
    data: (program: string): string => {
      const folder = join(data, program);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export type RunFolder = ReturnType<typeof createRunFolder>;
