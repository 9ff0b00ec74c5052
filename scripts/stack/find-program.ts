import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first file on `path` that can be run under one of `names`; null where there is none. */
export function findProgram(names: readonly string[], path = ''): string | null {
  const candidates = names.flatMap((name) =>
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name)),
  );
  return candidates.find(isExecutable) ?? null;
}

/** @throws Error one line with the program and the Debian package that has it */
export function requireProgram(names: readonly string[], debianPackage: string, path = ''): string {
  const found = findProgram(names, path);
  if (found !== null) return found;
  throw new Error(
    `${names.join(' or ')} is not on the PATH; on Debian: sudo apt-get install --no-install-recommends ${debianPackage}`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
