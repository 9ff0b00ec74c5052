import { mkdirSync, writeFileSync } from 'node:fs';

import { DASHBOARDS_FOLDER, renderDashboards } from './dashboards.ts';

mkdirSync(DASHBOARDS_FOLDER, { recursive: true });
for (const [name, text] of Object.entries(await renderDashboards())) {
  writeFileSync(new URL(name, DASHBOARDS_FOLDER), text);
}
