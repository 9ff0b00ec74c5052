import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { isRecord, textOf } from '../wire/json-rpc.ts';

/** An entry point of each SDK, and the relative path to its package.json, which neither SDK exports. */
const SDKS = {
  v1: { entry: '@modelcontextprotocol/sdk/server/index.js', manifest: '../../../package.json' },
  v2: { entry: '@modelcontextprotocol/server', manifest: '../package.json' },
} as const;

/** The version of the SDK that the program resolves, or else of ours; `''` if neither is found. */
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
