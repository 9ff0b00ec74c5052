import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// The folder above this file's is the package's, for the sources and for the bundle, whose files are all in one folder.

/** Whether the sources are run, and not what is built of them. */
export const IS_SOURCE = import.meta.url.endsWith('.ts');

/** The path of a file or folder of the package, from the folder of the sources or of what is built of them. */
export function packagePath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export interface Manifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(packagePath('../package.json'), 'utf8')) as Manifest;
}

export function readVersion(): string {
  return readManifest().version;
}
