// Writes src/redaction/secrets/known-patterns.ts from the rules of secretlint and gitleaks.
import { writeFileSync } from 'node:fs';

import { downloadGitleaksRules } from './gitleaks-list.ts';
import { renderPatternTable } from './pattern-table.ts';

if (process.argv.includes('--download')) downloadGitleaksRules();
writeFileSync(
  new URL('../../src/redaction/secrets/known-patterns.ts', import.meta.url),
  await renderPatternTable(),
);
