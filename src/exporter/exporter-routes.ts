import type { EmbeddedAlerts } from '../alerting/embedded-alerts.ts';
import { FiringAlerts } from '../alerting/firing-alerts.ts';
import { packagePath } from '../package-files.ts';
import type { RoutesOptions } from '../http/app.ts';
import type { McpService } from '../http/mcp-service.ts';
import { withoutCredentials } from '../http/url-credentials.ts';
import type { ExporterCore } from './exporter-core.ts';
import { openApi } from './openapi.ts';
import { nameOfSetting } from '../settings/settings.ts';
import { toWire } from '../wire-format/wire-format.ts';
import type { WebParts } from './web-parts.ts';

export interface ExporterRoutes {
  readonly core: ExporterCore;
  readonly web: WebParts;
  readonly mcp: McpService | null;
  /** Null before the exporter listens, and if it evaluates no alerts itself. */
  readonly embeddedAlerts: () => EmbeddedAlerts | null;
  readonly isReady: () => boolean;
}

/** Selects the parts of the exporter that its routes need. */
export function exporterRoutes({ core, web, mcp, embeddedAlerts, isReady }: ExporterRoutes): RoutesOptions {
  const { sessions, logger, metrics, history, version } = core;
  const { isPageEnabled, isMetricsEnabled, hubUrl, variablePrefix } = core.config;
  // With a hub, metrics and the page are served only there.
  const isShownHere = hubUrl === undefined;
  const hasMetrics = isMetricsEnabled && isShownHere;
  const alerts = new FiringAlerts({
    clock: core.clock,
    query: core.queryPrometheus,
    embedded: () => embeddedAlerts()?.firing() ?? null,
  });
  return {
    gate: web.gate,
    sessions,
    logger,
    feedPosition: () => web.feed.position,
    status: async () => ({
      feed: toWire(web.feed.position),
      ...web.feed.facts,
      alerts: await alerts.read(),
    }),
    isReady,
    metrics: hasMetrics ? metrics : null,
    history: hasMetrics ? history : null,
    serverActivity: (minutes, operation) => core.serverActivity.recent(minutes, operation),
    noMetrics: isShownHere
      ? `${nameOfSetting('isMetricsEnabled', variablePrefix)} is false`
      : `this process reports to a hub, which serves them: ${withoutCredentials(hubUrl).href}`,
    reports: web.reports,
    openApi: () => openApi(version, core.config.publicUrl),
    pageDirectory: isPageEnabled && isShownHere ? packagePath('feed/page/') : null,
    mcp,
  };
}
