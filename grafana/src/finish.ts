import type {
  AnnotationQuery,
  Dashboard,
  DashboardLink,
  Panel,
  RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { refIdOf } from './query.ts';

/** Grafana 12 and 13 know it: the SDK's own default is that of the newest. */
const SCHEMA_VERSION = 41;

/** Mends what the SDK's output needs before Grafana takes it as it is meant. */
export function finish(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    schemaVersion: SCHEMA_VERSION,
    panels: (dashboard.panels ?? []).map((panel) => (isRow(panel) ? panel : withRefIds(panel))),
    links: (dashboard.links ?? []).map(shown),
    annotations: { list: (dashboard.annotations.list ?? []).map(shown) },
  };
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

/** Names for queries that no override or transformation calls by name. */
function withRefIds(panel: Panel): Panel {
  const targets = (panel.targets ?? []).map((target, index) => ({
    refId: refIdOf(index),
    ...target,
  }));
  return { ...panel, targets };
}

/** The SDK hides links and annotations in a menu, as that is the only placement it knows. */
function shown<Shown extends DashboardLink | AnnotationQuery>(link: Shown): Shown {
  const { placement: _placement, ...rest } = link;
  return rest as Shown;
}
