import { afterEach, expect, test, vi } from 'vitest';

import { Conversation } from '../../../src/relay/conversation.ts';
import { createStandingHub } from './standing-hub.ts';

const ID = '5f0c3c1e-2f0b-4d8c-9a55-6d5c9f6f2f10';

afterEach(() => void vi.restoreAllMocks());

function started(observer: 'server' | 'proxy', count: number) {
  return Array.from({ length: count }, (_, i) => ({
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
