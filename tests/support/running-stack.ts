import { onTestFinished } from 'vitest';
import { z } from 'zod';

import type { RuleFile } from '../../scripts/stack/rule-file.ts';
import { startStack } from '../../scripts/stack/stack.ts';
import { pipelineServer } from '../../src/pipeline/pipeline-source.ts';
import { createLintedWorkspace } from './linted-workspace.ts';
import { SLOW_THRESHOLD_SECONDS, startMixedWorkload } from './mixed-workload.ts';
import { runExporter } from './running-exporter.ts';

/** Addresses for links in alerts. Nothing listens there. */
export const GRAFANA_URL = 'https://grafana.example.com/ops';

const FREE = { exporter: 0, feed: 0, prometheus: 0, alertmanager: 0, grafana: 0 };

const answer = z.object({
  status: z.literal('success'),
  data: z.unknown(),
});
const activeAlerts = z.object({
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
});

/**
 * An exporter in this process under the mixed workload, with Prometheus, which scrapes each second and uses the shipped
 * rules, and Alertmanager. All are stopped after the test.
 *
 * @param webhookUrl - the URL that Alertmanager posts to; nothing is posted without it
 */
export async function runStack({ webhookUrl }: { webhookUrl?: string } = {}) {
  const { exporter, urls } = await runExporter({
    mcp: pipelineServer({ workspaceDir: createLintedWorkspace(3) }),
    config: { slowOperationSeconds: SLOW_THRESHOLD_SECONDS },
  });
  const workload = await startMixedWorkload(exporter, urls);
  onTestFinished(() => workload.close());
  const stack = await startStack({
    exporterUrl: new URL(urls.metrics),
    ports: FREE,
    env: {
      PATH: process.env['PATH'],
      MONITORING_GRAFANA_URL: GRAFANA_URL,
      ...(webhookUrl === undefined
        ? undefined
        : { MONITORING_ALERTING_ENABLED: 'true', MONITORING_ALERT_WEBHOOK_URL: webhookUrl }),
    },
    scrapeInterval: '1s',
    evaluationInterval: '1s',
    groupWait: '1s',
    groupInterval: '1s',
    transformRules: inSeconds,
  });
  onTestFinished(() => stack.close());
  const get = async (path: string, parameters: Record<string, string> = {}): Promise<unknown> => {
    const url = new URL(`api/v1/${path}`, stack.urls.prometheus);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return answer.parse(JSON.parse(text)).data;
  };
  return {
    exporter,
    workload,
    stack,
    /** Queries Prometheus' API. */
    get,
    /** The alert with this name for an operation. */
    alertState: async (name: string, operation: string): Promise<string> => {
      const { alerts } = activeAlerts.parse(await get('alerts'));
      const found = alerts.find(
        ({ labels }) => labels['alertname'] === name && labels['operation'] === operation,
      );
      return found?.state ?? 'inactive';
    },
  };
}

/** Turns minutes into seconds. The expressions do not change. */
function inSeconds({ groups }: RuleFile): RuleFile {
  return {
    groups: groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => (rule.for === undefined ? rule : { ...rule, for: '3s' })),
    })),
  };
}
