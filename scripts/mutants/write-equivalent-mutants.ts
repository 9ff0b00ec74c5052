// Writes docs/mutants.md.
import { writeFileSync } from 'node:fs';

import { equivalentMutants } from './equivalent-mutants.ts';

writeFileSync(new URL('../../docs/mutants.md', import.meta.url), equivalentMutants());
