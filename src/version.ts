import { readFileSync } from 'node:fs';

export interface Manifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package's own manifest stands one folder above, for the sources and for what is built. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest;
}

export function readVersion(): string {
  return readManifest().version;
}
