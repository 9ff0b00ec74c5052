import { readFileSync, writeFileSync } from 'node:fs';

import { withComposeSettings } from '../compose-settings.ts';
import { withLimits, withMessages, withMetrics, withRoutes, withSettings } from './generated-tables.ts';
import { indexPage } from './pages.ts';

function update(path: string, change: (document: string) => string): void {
  const file = new URL(`../../${path}`, import.meta.url);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

update('docs/settings.md', withSettings);
update('docs/metrics.md', withMetrics);
update('docs/limits.md', withLimits);
update('docs/http-api.md', withRoutes);
update('docs/feed.md', withMessages);
update('docker-compose.monitoring.yml', withComposeSettings);
writeFileSync(new URL('../../docs/index.md', import.meta.url), indexPage());
