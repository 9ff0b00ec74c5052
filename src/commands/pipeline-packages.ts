import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ExporterError } from '../errors.ts';
import { readManifest } from '../version.ts';

/** What only the pipeline server needs. They are optional peers: together they are larger than everything else. */
export const PIPELINE_PACKAGES = ['@modelcontextprotocol/sdk', 'oxlint'] as const;

/** @throws ExporterError `sdk_missing`: one line that says what to install */
export function requirePipelinePackages(): void {
  const missing = PIPELINE_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const { peerDependencies: ranges } = readManifest();
  const wanted = missing.map((name) => `${name}@${ranges[name]}`).join(' ');
  throw new ExporterError(
    'sdk_missing',
    `the pipeline server needs packages that are not installed: npm install ${wanted} (with -g if mcp-exporter is)`,
  );
}

function isInstalled(name: string): boolean {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}
