import { expect, test } from 'vitest';

import type { Alert } from '../../../src/alerting/alert-group.ts';
import { AlertLinks } from '../../../src/alerting/alert-links.ts';
import { createWebhookMessage } from '../../../src/alerting/webhook-message.ts';

function message(alerts: Alert[], grafanaUrl?: string) {
  const job = 'mcp-exporter';
  return createWebhookMessage(
    {
      condition: { alertName: 'McpHighErrorRate', summary: 'It fails', shownStatus: 'failed' },
      links: new AlertLinks({
        publicUrl: 'https://ops/mcp/',
        grafanaUrl,
        isPageEnabled: true,
        prometheusJob: job,
      }),
      job,
      instance: '127.0.0.1:3001',
    },
    alerts,
  );
}

const startsAtMs = Date.parse('2026-03-01T12:00:00Z');
const scan: Alert = {
  subject: { server: 'files', operation: 'scan' },
  description: 'scan fails',
  startsAtMs,
  endsAtMs: null,
};
const fix: Alert = {
  subject: { server: null, operation: 'fix' },
  description: 'fix failed',
  startsAtMs,
  endsAtMs: startsAtMs + 60_000,
};

test('a firing alert has the labels, annotations and links of Alertmanager’s format', () => {
  const labels = {
    alertname: 'McpHighErrorRate',
    instance: '127.0.0.1:3001',
    job: 'mcp-exporter',
    mcp_server_name: 'files',
    operation: 'scan',
    severity: 'warning',
  };
  const annotations = {
    description: 'scan fails',
    live_url: 'https://ops/mcp/?name=scan&status=failed&server=files',
    runbook_url: 'https://ops/mcp/runbooks#McpHighErrorRate',
    summary: 'It fails',
  };
  expect(message([scan])).toEqual({
    receiver: 'webhook',
    status: 'firing',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations,
        startsAt: '2026-03-01T12:00:00.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'https://ops/mcp/?name=scan&status=failed&server=files',
        fingerprint: '3bc00612e1cac3ad',
      },
    ],
    groupLabels: { alertname: 'McpHighErrorRate', job: 'mcp-exporter' },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'https://ops/mcp',
    version: '4',
    groupKey: '{}:{alertname="McpHighErrorRate", job="mcp-exporter"}',
    truncatedAlerts: 0,
  });
});

test('a group fires while any of its alerts does, and has in common what all of them have', () => {
  const { status, alerts, commonLabels, commonAnnotations } = message([fix, scan], 'https://grafana/');
  expect(status).toBe('firing');
  expect(alerts.map(({ status, endsAt }) => `${status} ${endsAt}`)).toEqual([
    'resolved 2026-03-01T12:01:00.000Z',
    'firing 0001-01-01T00:00:00Z',
  ]);
  expect(Object.keys(commonLabels)).toEqual(['alertname', 'instance', 'job', 'severity']);
  expect(Object.keys(commonAnnotations)).toEqual(['runbook_url', 'summary']);
  expect(alerts[0]?.annotations['dashboard_url']).toBe(
    'https://grafana/d/mcp-pipeline?var-job=mcp-exporter&var-operation=fix',
  );
});

test('a group in which nothing fires is resolved', () => {
  expect(message([fix]).status).toBe('resolved');
});
