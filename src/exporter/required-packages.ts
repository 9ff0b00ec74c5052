import { existsSync, readFileSync } from 'node:fs';
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
  const missing = names.filter((name) => findManifest(name) === undefined);
  if (missing.length === 0) return;
  throw new ExporterError(
    'packages_missing',
    `${part} needs packages that are not installed: ${installCommand(missing)}`,
  );
}

/** The command that installs optional peer dependencies, as part of a sentence. */
export function installCommand(names: readonly string[]): string {
  const { peerDependencies: ranges } = readManifest();
  const wanted = names.map((name) => `${name}@${ranges[name]}`).join(' ');
  return `npm install ${wanted} (with -g if mcp-exporter is installed globally)`;
}

/** The version of a package that this installation would load. */
export function findInstalledVersion(name: string): string | undefined {
  const file = findManifest(name);
  return file && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function findManifest(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name, 'package.json')).find((file) => existsSync(file));
}
