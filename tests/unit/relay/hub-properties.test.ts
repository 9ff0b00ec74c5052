import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { total } from '../../support/exposition.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createStandingHub } from './standing-hub.ts';

const IN_FLIGHT = 'mcp_server_operations_in_flight';
const CONNECTIONS = 'mcp_server_sessions_active';
const SUBSCRIPTIONS = 'mcp_server_subscriptions_active';
const OPERATIONS = 'pipeline_operations_active';

const id = fc.integer({ min: 1, max: 4 });
const version = fc.constantFrom('', '2025-06-18', '2025-11-25');
const connection = fc.record({
  id,
  server_name: fc.constantFrom('a', 'b'),
  transport: fc.constantFrom('pipe', 'tcp'),
  protocol_version: version,
});
const request = fc.record({
  id,
  method: fc.constantFrom('tools/call', 'tools/list', 'subscriptions/listen'),
});

/** Any event, also one that makes no sense where it stands. */
const event = fc.oneof(
  fc.record({ type: fc.constant('connection_opened'), connection }),
  fc.record({ type: fc.constant('connection_closed'), connection }),
  fc.record({ type: fc.constant('request_started'), connection, request }),
  fc.record({ type: fc.constant('request_ended'), connection, request }),
  fc.record({ type: fc.constant('subscriptions_changed'), connection, active: fc.nat({ max: 3 }) }),
  fc.record({ type: fc.constant('server_seen'), connection }),
  fc.record({
    type: fc.constant('operation'),
    kind: fc.constantFrom('started', 'progressed', 'completed', 'failed', 'cancelled'),
    session_id: fc.constantFrom('s', 't'),
    operation_id: id.map(String),
    operation_name: fc.constantFrom('x', 'y'),
  }),
  fc.record({ type: fc.constant('session_closed'), session_id: fc.constantFrom('s', 't') }),
);
type Step =
  | { readonly do: 'report'; readonly reporter: string; readonly events: readonly object[] }
  | { readonly do: 'again' | 'close'; readonly reporter: string }
  | { readonly do: 'restart' | 'expire' };
const reporter = fc.constantFrom('p', 'q');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      reporter,
      events: fc.array(event, { maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), reporter }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), reporter }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'expire' as const) }) },
);

/** What a hub stated to have begun and not to have ended. */
function openOf({ seen }: ReturnType<typeof createStandingHub>) {
  const open = { requests: 0, connections: 0, operations: 0, subscriptions: 0 };
  for (const stated of seen) {
    if (stated.type === 'request_started') open.requests += 1;
    if (stated.type === 'request_ended') open.requests -= 1;
    if (stated.type === 'connection_opened') open.connections += 1;
    if (stated.type === 'connection_closed') open.connections -= 1;
    if (stated.type === 'subscriptions_changed') open.subscriptions += stated.change;
    if (stated.type !== 'operation' || stated.kind === 'progressed') continue;
    open.operations += stated.kind === 'started' ? 1 : -1;
  }
  return open;
}

async function expectSound(hub: ReturnType<typeof createStandingHub>): Promise<void> {
  const samples = await hub.samples();
  // Each label set for itself: two that are wrong may add up to one that is right.
  for (const { name, value } of samples) {
    if ([IN_FLIGHT, CONNECTIONS, SUBSCRIPTIONS, OPERATIONS].includes(name))
      expect(value).toBeGreaterThanOrEqual(0);
  }
  const open = openOf(hub);
  expect(total(samples, IN_FLIGHT)).toBe(open.requests);
  expect(total(samples, CONNECTIONS)).toBe(open.connections);
  expect(total(samples, OPERATIONS)).toBe(open.operations);
  expect(open.subscriptions).toBeGreaterThanOrEqual(0);
}

/** Two reporters that count what they send, and a hub that may be another one at any time. */
function createReporters() {
  const clock = new FakeClock();
  let hub = createStandingHub({ clock });
  const last = new Map<string, { report: object; takenBy: object }>();
  const nextSeq = new Map<string, number>();
  const send = (reporter_id: string, events: readonly object[], rest: object = {}) => {
    const first_seq = nextSeq.get(reporter_id) ?? 1;
    nextSeq.set(reporter_id, first_seq + events.length);
    const report = { reporter_id, first_seq, events, ...rest };
    last.set(reporter_id, { report, takenBy: hub });
    hub.intake.accept(report);
  };
  const sendAgain = (reporter_id: string) => {
    const sent = last.get(reporter_id);
    if (!sent) return;
    const before = openOf(hub);
    hub.intake.accept(sent.report);
    if (sent.takenBy === hub) expect(openOf(hub)).toEqual(before);
  };
  return {
    hub: () => hub,
    take: (now: Step) => {
      clock.advance(1000);
      switch (now.do) {
        case 'report':
          return send(now.reporter, now.events);
        case 'close':
          return send(now.reporter, [], { is_closing: true });
        case 'again':
          return sendAgain(now.reporter);
        case 'restart':
          return void (hub = createStandingHub({ clock }));
        case 'expire':
          for (let i = 0; i < 10; i++) {
            clock.advance(5000);
            hub.intake.expire();
          }
          return;
      }
    },
    closeAll: () => {
      for (const id of last.keys()) send(id, [], { is_closing: true });
    },
  };
}

test('for any reports in any order, everything that began has ended or is open, and no gauge is negative', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { hub, take, closeAll } = createReporters();
      for (const now of steps) {
        take(now);
        await expectSound(hub());
      }
      closeAll();
      await expectSound(hub());
      expect(openOf(hub())).toEqual({ requests: 0, connections: 0, operations: 0, subscriptions: 0 });
    }),
    { numRuns: 150 },
  );
}, 60_000);
