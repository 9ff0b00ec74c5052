import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ExporterError } from '../errors.ts';
import { readManifest } from '../package-files.ts';

/**
 * Checks that the optional peers that a part needs are installed.
 *
 * @param part - the subject of the error's sentence
 * @throws ExporterError `packages_missing`: one line that says what to install
 */
export function requirePackages(part: string, names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const { peerDependencies: ranges } = readManifest();
  const wanted = missing.map((name) => `${name}@${ranges[name]}`).join(' ');
  throw new ExporterError(
    'packages_missing',
    `${part} needs packages that are not installed: npm install ${wanted} (with -g if mcp-exporter is)`,
  );
}

function isInstalled(name: string): boolean {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}
