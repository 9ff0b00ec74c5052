// Writes src/api/answer-schemas.json, docs/openapi.json and docs/asyncapi.json.
import { writeFileSync } from 'node:fs';

import { format } from 'prettier';

import { readVersion } from '../../src/package-files.ts';
import { answerSchemas } from './answer-schemas.ts';
import { asyncApi } from './asyncapi.ts';

async function writeJson(path: string, value: unknown): Promise<void> {
  const text = await format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
}

await writeJson('src/api/answer-schemas.json', answerSchemas());
// Imported after the schemas are written, because it contains them.
const { openApi } = await import('../../src/exporter/openapi.ts');
await writeJson('docs/openapi.json', openApi(readVersion()));
await writeJson('docs/asyncapi.json', asyncApi(readVersion()));
