import { readdirSync, readFileSync } from 'node:fs';

import type {
  Dashboard,
  DashboardLink,
  DynamicConfigValue,
  FieldConfigSource,
  Panel,
  RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);

/** A panel as Grafana reads it, with what each of ours has. */
export type ShippedPanel = Panel & { readonly id: number; readonly title: string };

export interface ShippedDashboard {
  readonly fileName: string;
  readonly uid: string;
  readonly json: Dashboard;
  /** Rows left out, and what is in them included. */
  readonly panels: readonly ShippedPanel[];
}

/** The dashboards as they are committed, which is what Grafana gets. */
export const shippedDashboards: readonly ShippedDashboard[] = readdirSync(FOLDER)
  .toSorted()
  .map((fileName) => {
    const json = JSON.parse(readFileSync(new URL(fileName, FOLDER), 'utf8')) as Dashboard;
    return { fileName, uid: json.uid ?? '', json, panels: (json.panels ?? []).flatMap(panelsOf) };
  });

/** For titles of tests: dashboard, panel and number. */
function nameOf(dashboard: ShippedDashboard, panel: ShippedPanel): string {
  return `${dashboard.uid}: panel ${panel.id} “${panel.title}”`;
}

/** Every panel, with its dashboard and a name for both. */
export const shippedPanels = shippedDashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ name: nameOf(dashboard, panel), dashboard, panel })),
);

/** With a name that a failing test shows in full. */
export function namedPanels(): (readonly [name: string, panel: ShippedPanel])[] {
  return shippedPanels.map(({ name, panel }) => [name, panel]);
}

export function targetsOf(panel: Panel): Dataquery[] {
  return (panel.targets ?? []) as Dataquery[];
}

/** A panel's override properties of all fields. */
export function propertiesOf(panel: Panel): DynamicConfigValue[] {
  return overridesOf(panel).flatMap(({ properties }) => properties);
}

export function overridesOf(panel: Panel): FieldConfigSource['overrides'] {
  return panel.fieldConfig?.overrides ?? [];
}

/** Where a panel's values lead. */
export function dataLinksOf(panel: Panel): Pick<DashboardLink, 'title' | 'url'>[] {
  return propertiesOf(panel)
    .filter(({ id }) => id === 'links')
    .flatMap(({ value }) => value as DashboardLink[]);
}

function panelsOf(panel: Panel | RowPanel): ShippedPanel[] {
  return panel.type === 'row' ? (panel as RowPanel).panels.flatMap(panelsOf) : [panel as ShippedPanel];
}
