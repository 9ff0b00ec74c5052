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

/** A panel in Grafana's format, with the properties that all of our panels have. */
export type ShippedPanel = Panel & { readonly id: number; readonly title: string };

export interface ShippedDashboard {
  readonly fileName: string;
  readonly uid: string;
  readonly json: Dashboard;
  /** The panels, including those inside rows, without the rows. */
  readonly panels: readonly ShippedPanel[];
}

/** The committed dashboards, which Grafana reads. */
export const shippedDashboards: readonly ShippedDashboard[] = readdirSync(FOLDER)
  .toSorted()
  .map((fileName) => {
    const json = JSON.parse(readFileSync(new URL(fileName, FOLDER), 'utf8')) as Dashboard;
    return { fileName, uid: json.uid ?? '', json, panels: (json.panels ?? []).flatMap(panelsOf) };
  });

/** Dashboard, panel and number, for titles of tests. */
function nameOf(dashboard: ShippedDashboard, panel: ShippedPanel): string {
  return `${dashboard.uid}: panel ${panel.id} “${panel.title}”`;
}

/** Every panel with its dashboard and a name. */
export const shippedPanels = shippedDashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ name: nameOf(dashboard, panel), dashboard, panel })),
);

/** Adds a name that a failing test prints in full. */
export function namedPanels(): (readonly [name: string, panel: ShippedPanel])[] {
  return shippedPanels.map(({ name, panel }) => [name, panel]);
}

export function targetsOf(panel: Panel): Dataquery[] {
  return (panel.targets ?? []) as Dataquery[];
}

/** The properties in a panel's overrides, over all fields. */
export function propertiesOf(panel: Panel): DynamicConfigValue[] {
  return overridesOf(panel).flatMap(({ properties }) => properties);
}

export function overridesOf(panel: Panel): FieldConfigSource['overrides'] {
  return panel.fieldConfig?.overrides ?? [];
}

/** The links of a panel's values. */
export function dataLinksOf(panel: Panel): Pick<DashboardLink, 'title' | 'url'>[] {
  return propertiesOf(panel)
    .filter(({ id }) => id === 'links')
    .flatMap(({ value }) => value as DashboardLink[]);
}

function panelsOf(panel: Panel | RowPanel): ShippedPanel[] {
  return panel.type === 'row' ? (panel as RowPanel).panels.flatMap(panelsOf) : [panel as ShippedPanel];
}
