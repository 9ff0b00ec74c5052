import { readFileSync, writeFileSync } from 'node:fs';

import { withComposeSettings } from './compose-settings.ts';
import { withLimits, withTables } from './readme-tables.ts';

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withTables(readFileSync(readme, 'utf8')));
const limits = new URL('../docs/limits.md', import.meta.url);
writeFileSync(limits, withLimits(readFileSync(limits, 'utf8')));
const compose = new URL('../docker-compose.monitoring.yml', import.meta.url);
writeFileSync(compose, withComposeSettings(readFileSync(compose, 'utf8')));
