import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { ObservedLines } from '../../../../src/mcp/streams/observed-lines.ts';
import { relayMessages } from '../../../../src/mcp/streams/message-relay.ts';
import { TrafficObserver } from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { MetricsCollector } from '../../../../src/metrics/metrics-collector.ts';
import { systemClock } from '../../../../src/monitor/clock.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { samplesOf, total } from '../../../support/exposition.ts';

const id = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('0', '1', 'a'));
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constant('x'.repeat(9000)));
const method = fc.constantFrom(
  'tools/call',
  'tools/list',
  'ping',
  'made/up',
  'initialize',
  'subscriptions/listen',
);
const params = fc.record({
  name: fc.constantFrom('add', 'sub'),
  arguments: text,
  _meta: fc.record({ progressToken: id }),
});

const fromClient = fc.oneof(
  fc.record({ jsonrpc: fc.constant('2.0'), id, method, params }),
  fc.record({
    method: fc.constant('notifications/cancelled'),
    params: fc.record({ requestId: id, reason: text }),
  }),
  fc.record({ id, result: fc.record({ roots: text }) }),
);
const fromServer = fc.oneof(
  fc.record({ result: fc.record({ content: fc.array(text, { maxLength: 2 }), isError: fc.boolean() }), id }),
  fc.record({ id, error: fc.record({ code: fc.integer(), message: text }) }),
  fc.record({
    method: fc.constant('notifications/progress'),
    params: fc.record({ progressToken: id, progress: fc.nat() }),
  }),
  fc.record({ id, method: fc.constant('sampling/createMessage'), params: fc.record({ messages: text }) }),
);
const line = (message: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 8, arbitrary: message.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.array(message, { maxLength: 3 }).map((batch) => JSON.stringify(batch)) },
    { weight: 1, arbitrary: fc.oneof(text, fc.constantFrom('', '\r', ' ', '{', '[]', '{"id":')) },
  );
const ending = fc.constantFrom('\n', '\r\n');

/** What one side says, in pieces that end anywhere: within a message, or within a character. */
const pieces = (message: fc.Arbitrary<unknown>) =>
  fc
    .tuple(
      fc.array(fc.tuple(line(message), ending), { maxLength: 12 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 40 }),
    )
    .map(([lines, cuts]) => cut(Buffer.from(lines.flat().join('')), cuts));

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    parts.push(bytes.subarray(start, start + size));
    start += size;
  }
  return [...parts, bytes.subarray(start)];
}

test('whatever the two sides say, and however it is cut and interleaved: the bytes are the same, and nothing is counted twice or lost', async () => {
  const conversation = fc.tuple(
    pieces(fromClient),
    pieces(fromServer),
    fc.array(fc.boolean(), { maxLength: 100 }),
  );
  await fc.assert(
    fc.asyncProperty(conversation, async ([asked, answered, turns]) => {
      const sessions = new SessionRegistry({
        onFault: (_part, error) => {
          throw error;
        },
      });
      const collector = new MetricsCollector();
      sessions.subscribe(collector.onEvent);
      const count = { started: 0, ended: 0, active: 0 };
      sessions.subscribe((event) => {
        if (event.type !== 'request_started' && event.type !== 'request_ended') return;
        const isStart = event.type === 'request_started';
        count[isStart ? 'started' : 'ended'] += 1;
        if (event.request.direction === 'client_to_server') count.active += isStart ? 1 : -1;
      });
      const observer = new TrafficObserver({
        sessions,
        clock: systemClock,
        server: new WatchedServer({ name: 'any' }),
        transport: 'pipe',
        config: { ...DEFAULT_CONFIG, isCapturingPayloads: turns.length % 2 === 1 },
        mcpSessionId: () => undefined,
      });
      const [stdin, toServer, serverOut, stdout] = [0, 0, 0, 0].map(() => new PassThrough()) as [
        PassThrough,
        PassThrough,
        PassThrough,
        PassThrough,
      ];
      const heard = [buffer(toServer), buffer(stdout)];
      const watch = new ObservedLines({ observer, sessions });
      const said = relayMessages({ stdin, stdout, toServer, fromServer: serverOut, watch });

      const waiting = { asked: [...asked], answered: [...answered] };
      for (const isClient of turns) {
        const piece = (isClient ? waiting.asked : waiting.answered).shift();
        if (piece) (isClient ? stdin : serverOut).write(piece);
      }
      stdin.end(Buffer.concat(waiting.asked));
      serverOut.end(Buffer.concat(waiting.answered));
      const [toldServer, toldClient] = await Promise.all(heard);
      await said.done;
      watch.serverEnded();

      expect(toldServer?.equals(Buffer.concat(asked))).toBe(true);
      expect(toldClient?.equals(Buffer.concat(answered))).toBe(true);
      const samples = samplesOf((await collector.expose()).body);
      const active = total(samples, 'mcp_server_operations_in_flight');
      const asking = total(samples, 'pipeline_operations_active');
      expect(asking).toBeLessThanOrEqual(active);
      expect(active).toBe(count.active);
      observer.close();
      expect(count.ended).toBe(count.started);
      expect(count.active).toBe(0);
      const after = samplesOf((await collector.expose()).body);
      for (const gauge of [
        'mcp_server_operations_in_flight',
        'pipeline_operations_active',
        'mcp_server_subscriptions_active',
        'mcp_server_sessions_active',
      ]) {
        expect(total(after, gauge)).toBe(0);
      }
      sessions.stop();
    }),
    { numRuns: 150 },
  );
});
