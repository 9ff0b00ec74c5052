// Makes docs/openapi.json: how to report to a hub.
import { writeFileSync } from 'node:fs';

import { format } from 'prettier';

import { reportOpenApi } from '../../src/relay/openapi.ts';
import { readVersion } from '../../src/package-files.ts';

const file = new URL('../../docs/openapi.json', import.meta.url);
writeFileSync(
  file,
  await format(JSON.stringify(reportOpenApi(readVersion())), { parser: 'json', printWidth: 110 }),
);
