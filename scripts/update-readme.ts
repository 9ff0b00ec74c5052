import { readFileSync, writeFileSync } from 'node:fs';

import { withLimits, withTables } from './readme-tables.ts';

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withTables(readFileSync(readme, 'utf8')));
const limits = new URL('../docs/limits.md', import.meta.url);
writeFileSync(limits, withLimits(readFileSync(limits, 'utf8')));
