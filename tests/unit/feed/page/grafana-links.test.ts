import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { operationHistoryUrl, overviewUrl } from '../../../../src/feed/page/grafana-links.ts';

it.each(['https://grafana.example.com/ops', 'https://grafana.example.com/ops/'])(
  'keeps the path of %s',
  (grafanaUrl) => {
    expect(overviewUrl(grafanaUrl)).toBe('https://grafana.example.com/ops/d/mcp-overview');
  },
);

it('shows what was usual before an operation, and escapes its name', () => {
  const url = new URL(operationHistoryUrl('http://127.0.0.1:3002', 'a&b "c"', 7_200_000));
  expect(Object.fromEntries(url.searchParams)).toEqual({
    'var-operation': 'a&b "c"',
    from: '3600000',
    to: '7500000',
  });
});

it('leads to dashboards that are shipped', () => {
  for (const href of [overviewUrl('http://x'), operationHistoryUrl('http://x', 'o', 0)]) {
    const uid = new URL(href).pathname.split('/').at(-1) ?? '';
    expect(existsSync(new URL(`../../../../grafana/dashboards/${uid}.json`, import.meta.url))).toBe(true);
  }
});
