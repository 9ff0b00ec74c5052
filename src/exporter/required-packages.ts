import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ExporterError } from '../errors.ts';
import { readManifest } from '../package-files.ts';

/**
 * Checks that optional peer dependencies are installed.
 *
 * @param part - the part that needs them, as the subject of the error message
 * @throws ExporterError `packages_missing` with the command that installs them
 */
export function requirePackages(part: string, names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const { peerDependencies: ranges } = readManifest();
  const wanted = missing.map((name) => `${name}@${ranges[name]}`).join(' ');
  throw new ExporterError(
    'packages_missing',
    `${part} needs packages that are not installed: npm install ${wanted} (with -g if mcp-exporter is installed globally)`,
  );
}

function isInstalled(name: string): boolean {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}
