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
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** The time range that it opens with, up to now. */
  readonly from: string;
  /** Beside data source, job and instance. */
  readonly variables: readonly VariableModel[];
  readonly sections: readonly Section[];
}

/** A dashboard with what all of them have: variables, links, annotations, refresh and crosshair. */
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
