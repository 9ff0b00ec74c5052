import { readFileSync } from 'node:fs';

/** The package's version; its manifest stands one folder above, for the sources and for what is built. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new TypeError('package.json: expected a version');
}
