import {
  DashboardBuilder,
  DashboardCursorSync,
  type Dashboard,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { annotations } from './annotations.ts';
import { layOut, type Section } from './layout.ts';
import { dashboardLinks, TAG } from './links.ts';
import { finish } from './finish.ts';
import { variables } from './variables.ts';

interface DashboardSpec {
  /** Also the file name. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Start of the default time range, which ends now. */
  readonly from: string;
  /** Additional to data source, job and instance. */
  readonly variables: readonly VariableModel[];
  readonly sections: readonly Section[];
}

/** Creates a dashboard with the common variables, links, annotations, refresh and crosshair. */
export function dashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .time({ from: spec.from, to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .annotations(annotations())
    .links(dashboardLinks());
  for (const variable of variables(...spec.variables)) builder.withVariable({ build: () => variable });
  return finish({ ...builder.build(), panels: layOut(spec.sections) });
}
