import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { isRecord, textOf } from '../wire/json-rpc.ts';

/** An entry of each SDK, and where its package.json stands from there: neither exports it. */
const SDKS = {
  v1: { entry: '@modelcontextprotocol/sdk/server/index.js', manifest: '../../../package.json' },
  v2: { entry: '@modelcontextprotocol/server', manifest: '../package.json' },
} as const;

/** The version of the program's own SDK, or else of ours; `''` where there is none. */
export function readSdkVersion(sdk: keyof typeof SDKS): string {
  const { entry, manifest } = SDKS[sdk];
  try {
    const program = createRequire(pathToFileURL(process.argv[1] ?? import.meta.filename));
    const file = new URL(manifest, pathToFileURL(program.resolve(entry)));
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return (isRecord(content) ? textOf(content, 'version') : null) ?? '';
  } catch {
    return '';
  }
}
