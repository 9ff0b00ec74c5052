// Writes the runbooks into the build, as a page.
import { readFileSync, writeFileSync } from 'node:fs';

import { runbooksPage } from './runbooks-page.ts';

const markdown = readFileSync(new URL('../docs/runbooks.md', import.meta.url), 'utf8');
writeFileSync(new URL('../dist/feed/page/runbooks.html', import.meta.url), runbooksPage(markdown));
