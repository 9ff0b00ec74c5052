import { afterEach, expect, test, vi } from 'vitest';

import { Conversation } from '../../../src/relay/conversation.ts';
import { createStandingHub } from './standing-hub.ts';

const ID = '5f0c3c1e-2f0b-4d8c-9a55-6d5c9f6f2f10';

afterEach(() => void vi.restoreAllMocks());

function started(observer: 'server' | 'proxy', count: number, first = 0) {
  return Array.from({ length: count }, (_, n) => n + first).map((i) => ({
    type: 'request_started',
    connection: { id: 1, server_name: 'shop', transport: 'tcp', observer, conversation_id: ID },
    request: { id: i, method: 'tools/call', tool_name: 'buy', rpc_id: `${observer} ${i}` },
    size: 1,
  }));
}

test('each event of a server is compared only with what is held of the same call', () => {
  const { report } = createStandingHub();
  report(started('server', 1));
  report(started('proxy', 1000), { reporter_id: 'proxy' });
  const verdict = vi.spyOn(Conversation.prototype, 'verdict');
  report(started('server', 100), { reporter_id: 'another' });
  expect(verdict.mock.calls.length).toBeLessThan(300);
});

test('sessions that are held count as open items', () => {
  const { report, sessions } = createStandingHub();
  report(started('proxy', 1));
  report([], { sessions: [{ session_id: ID, server_name: 'shop' }] });
  expect(sessions.allowance('reported_open_total').used).toBe(2);
});

test('however much one reporter has held, others lose nothing', async () => {
  const { report, results } = createStandingHub();
  for (let first = 0; first < 100_000; first += 1000) report(started('proxy', 1000, first));
  const { lost } = await results();
  report(started('server', 1), { reporter_id: 'another' });
  expect(await results()).toMatchObject({ lost });
});

test('at the limit of held events, no request ends before it starts', async () => {
  const { clock, intake, report, total } = createStandingHub();
  const starts = Array.from({ length: 10 }, (_, i) => started('proxy', 1000, i * 1000));
  for (const events of starts) report(events);
  for (const events of starts) {
    report(events.map((start) => ({ ...start, type: 'request_ended', duration: 1, error_type: '' })));
  }
  clock.advance(10_000);
  intake.expire();
  expect(await total('mcp_server_operation_duration_seconds_count')).toBe(10_000);
  expect(await total('mcp_server_operations_in_flight')).toBe(0);
});

test('large details of held operations are cut, and count as several open items', () => {
  const { report, sessions } = createStandingHub();
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
  report([
    {
      type: 'operation',
      kind: 'started',
      session_id: ID,
      operation_name: 'buy',
      details: { deep, lines: Array.from({ length: 20 }, () => 'x '.repeat(20_000)) },
      call: { observer: 'proxy', conversation_id: ID, rpc_id: '1' },
    },
  ]);
  const { used } = sessions.allowance('reported_open_total');
  expect(used).toBeGreaterThan(5);
  expect(used).toBeLessThan(20);
});
