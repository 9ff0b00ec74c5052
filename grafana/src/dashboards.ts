import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { format, resolveConfig } from 'prettier';

import { exporter } from './dashboards/exporter.ts';
import { overview } from './dashboards/overview.ts';
import { pipeline } from './dashboards/pipeline.ts';
import { slo } from './dashboards/slo.ts';
import { tools } from './dashboards/tools.ts';

/** The folder of the generated files. */
export const DASHBOARDS_FOLDER = new URL('../dashboards/', import.meta.url);

const dashboards: readonly Dashboard[] = [overview, tools, pipeline, slo, exporter];

/** The formatted files of all dashboards, by name. */
export async function renderDashboards(): Promise<Record<string, string>> {
  const style = await resolveConfig(new URL('x.json', DASHBOARDS_FOLDER));
  const files = dashboards.map(async (dashboard): Promise<[string, string]> => {
    const text = await format(JSON.stringify(dashboard, null, 2), { ...style, parser: 'json' });
    return [`${dashboard.uid}.json`, text];
  });
  return Object.fromEntries(await Promise.all(files));
}
