import { expect, test } from 'vitest';

import { AlertLinks } from '../../../src/alerting/alert-links.ts';

const links = (publicUrl: string, grafanaUrl?: string) =>
  new AlertLinks({ publicUrl, grafanaUrl, isPageEnabled: true, prometheusJob: 'mcp-exporter' });

test.each(['https://ops.example.com/mcp', 'https://ops.example.com/mcp/', 'https://ops.example.com/mcp//'])(
  'a path before everything stays, with or without a slash at its end: %s',
  (publicUrl) => {
    expect(links(publicUrl).external).toBe('https://ops.example.com/mcp');
    expect(links(publicUrl).generator({ server: null, operation: 'scan' }, null)).toBe(
      'https://ops.example.com/mcp/?name=scan',
    );
    expect(links(publicUrl).runbook('McpHighErrorRate')).toBe(
      'https://ops.example.com/mcp/runbooks#McpHighErrorRate',
    );
  },
);

test('without a path there is one slash', () => {
  for (const publicUrl of ['http://127.0.0.1:3001', 'http://127.0.0.1:3001/']) {
    expect(links(publicUrl).external).toBe('http://127.0.0.1:3001');
    expect(links(publicUrl).generator({ server: null, operation: 'scan' }, null)).toBe(
      'http://127.0.0.1:3001/?name=scan',
    );
  }
});

test('what failed is shown apart', () => {
  expect(links('http://a').generator({ server: null, operation: 'scan' }, 'failed')).toBe(
    'http://a/?name=scan&status=failed',
  );
});

test.each(['https://grafana.example.com/g', 'https://grafana.example.com/g/'])(
  'the dashboard is under Grafana’s own path: %s',
  (grafanaUrl) => {
    expect(links('http://a', grafanaUrl).dashboard('scan')).toBe(
      'https://grafana.example.com/g/d/mcp-pipeline?var-job=mcp-exporter&var-operation=scan',
    );
  },
);

test('without Grafana there is no dashboard, and without the page no link to it', () => {
  const bare = new AlertLinks({
    publicUrl: 'http://a',
    grafanaUrl: undefined,
    isPageEnabled: false,
    prometheusJob: 'j',
  });
  expect([
    bare.dashboard('scan'),
    bare.generator({ server: null, operation: 'scan' }, null),
    bare.runbook('McpX'),
  ]).toEqual([null, '', null]);
});

test.each([
  ['a&b=c#d', 'a&b=c#d'],
  ['ünï "q" \\ x', 'ünï "q" \\ x'],
  ['../../x', '../../x'],
  // Half a character has no UTF-8, and no reason to end the process.
  ['\uD800', '\uFFFD'],
])('a name cannot leave its place in a link: %j', (name, found) => {
  const link = new URL(links('http://a/p').generator({ server: null, operation: name }, null));
  expect([...link.searchParams]).toEqual([['name', found]]);
  expect(link.pathname + link.hash).toBe('/p/');
});
