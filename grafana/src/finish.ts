import type {
  AnnotationQuery,
  Dashboard,
  DashboardLink,
  Panel,
  RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { refIdOf } from './query.ts';

/** A version that Grafana 12 and 13 support. The SDK's default is the newest one. */
const SCHEMA_VERSION = 41;

/** Corrects the SDK's output for Grafana. */
export function finish(dashboard: Dashboard): Dashboard {
  return {
    ...dashboard,
    schemaVersion: SCHEMA_VERSION,
    panels: (dashboard.panels ?? []).map((panel) =>
      isRow(panel) ? { ...panel, panels: panel.panels.map(withRefIds) } : withRefIds(panel),
    ),
    links: (dashboard.links ?? []).map(shown),
    annotations: { list: (dashboard.annotations.list ?? []).map(shown) },
  };
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

/** Names the queries that have no explicit name. */
function withRefIds(panel: Panel): Panel {
  const targets = (panel.targets ?? []).map((target, index) => ({
    refId: refIdOf(index),
    ...target,
  }));
  return { ...panel, targets };
}

/** Removes the SDK's only placement, which hides links and annotations in a menu. */
function shown<Shown extends DashboardLink | AnnotationQuery>(link: Shown): Shown {
  const { placement: _placement, ...rest } = link;
  return rest as Shown;
}
