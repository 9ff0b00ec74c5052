import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first executable file on `path` with one of `names`; null without one. */
export function findProgram(names: readonly string[], path = ''): string | null {
  const candidates = names.flatMap((name) =>
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name)),
  );
  return candidates.find(isExecutable) ?? null;
}

/** @throws Error in one line, with the program and its Debian package */
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
