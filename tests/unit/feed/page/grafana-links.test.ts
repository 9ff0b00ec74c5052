import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { operationHistoryUrl, toolHistoryUrl } from '../../../../src/feed/page/grafana-history.ts';
import { overviewUrl } from '../../../../src/feed/page/grafana-links.ts';

const SPAN = { fromMs: 7_200_000.4, toMs: 7_260_000.4 };

function parametersOf(href: string): Record<string, string> {
  return Object.fromEntries(new URL(href).searchParams);
}

it.each(['https://grafana.example.com/ops', 'https://grafana.example.com/ops/'])(
  'keeps the path of %s',
  (grafanaUrl) => {
    expect(overviewUrl(grafanaUrl)).toBe('https://grafana.example.com/ops/d/mcp-overview');
  },
);

it('shows an operation whole, with what was usual before and what came after, and escapes its name', () => {
  expect(parametersOf(operationHistoryUrl('http://127.0.0.1:3002', 'a&b "c"', SPAN))).toEqual({
    'var-operation': 'a&b "c"',
    from: '3600000',
    to: '7560001',
  });
});

it('shows a call among those of its server’s tool', () => {
  expect(parametersOf(toolHistoryUrl('http://127.0.0.1:3002', 'files & more', 'read', SPAN))).toEqual({
    'var-server': 'files & more',
    'var-tool': 'read',
    from: '3600000',
    to: '7560001',
  });
});

it.each([
  overviewUrl('http://x'),
  operationHistoryUrl('http://x', 'o', SPAN),
  toolHistoryUrl('http://x', 's', 't', SPAN),
])('leads to a dashboard that is shipped: %s', (href) => {
  const uid = new URL(href).pathname.split('/').at(-1) ?? '';
  expect(existsSync(new URL(`../../../../grafana/dashboards/${uid}.json`, import.meta.url))).toBe(true);
});
