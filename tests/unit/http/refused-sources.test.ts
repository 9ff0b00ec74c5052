import pino from 'pino';
import { expect, test } from 'vitest';

import { RefusedSources } from '../../../src/http/refused-sources.ts';

function create(prefix = '') {
  const lines: object[] = [];
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => void lines.push(JSON.parse(line) as object) },
  );
  return { sources: new RefusedSources(logger, prefix), lines };
}

test('each refused origin is logged once, with the settings that would allow it', () => {
  const { sources, lines } = create('MCP_EXPORTER_');
  for (const origin of ['https://a.example', 'https://b.example', 'https://a.example']) {
    sources.add({ host: 'localhost:3001', origin }, 'forbidden_origin');
  }
  const settings = ['MCP_EXPORTER_MONITORING_PUBLIC_URL', 'MCP_EXPORTER_MONITORING_ALLOWED_ORIGINS'];
  expect(lines).toMatchObject([
    { host: 'localhost:3001', origin: 'https://a.example', settings },
    { host: 'localhost:3001', origin: 'https://b.example', settings },
  ]);
});

test('each refused host is logged once, whatever its origin', () => {
  const { sources, lines } = create();
  sources.add({ host: 'a.example' }, 'forbidden_host');
  sources.add({ host: 'a.example', origin: 'http://a.example' }, 'forbidden_host');
  expect(lines).toMatchObject([
    { host: 'a.example', settings: ['MONITORING_PUBLIC_URL', 'MONITORING_ALLOWED_HOSTS'] },
  ]);
});

test('at most 20 lines are written, each of limited length', () => {
  const { sources, lines } = create();
  for (let i = 0; i < 1000; i++)
    sources.add({ host: 'a.example', origin: `https://${i}.${'x'.repeat(10_000)}` }, 'forbidden_origin');
  expect(lines).toHaveLength(20);
  for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(1000);
});
