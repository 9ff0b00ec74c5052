import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Works in `src` and in the flat bundle folder, because both are directly below the package folder.

/** Whether this process runs the sources instead of the bundle. */
export const IS_SOURCE = import.meta.url.endsWith('.ts');

/** The path of a file or folder of the package. `relative` starts at `src`, or at `dist` in the built package. */
export function packagePath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export interface Manifest {
  readonly version: string;
  readonly homepage?: string;
  readonly engines: Readonly<Record<'node', string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(packagePath('../package.json'), 'utf8')) as Manifest;
}

export function readVersion(): string {
  return readManifest().version;
}
