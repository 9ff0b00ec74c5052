import { expect, test } from 'vitest';

import { TrafficObserver } from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { ObservedLines } from '../../../../src/mcp/streams/observed-lines.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** The lines that an observer is given, and the events that it publishes. */
function observing() {
  const faults: unknown[] = [];
  const events: MonitorEvent[] = [];
  const sessions = new SessionRegistry({ onFault: (_part, error) => faults.push(error) });
  sessions.subscribe((event) => events.push(event));
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: new FakeClock(),
    server: new WatchedServer({ name: 'demo' }),
    transport: 'pipe',
    mcpSessionId: () => undefined,
  });
  const lines = new ObservedLines({ observer, sessions });
  const described = () =>
    events.flatMap((event) => {
      if (event.type === 'transport_error') return [event.kind];
      if (event.type === 'request_started') return [`${event.request.direction}, ${event.sizeBytes} bytes`];
      if (event.type === 'request_ended') return [`ended, ${event.sizeBytes} bytes`];
      return event.type === 'notification' ? [`${event.direction}, ${event.sizeBytes} bytes`] : [];
    });
  return {
    lines,
    described,
    faults,
    client: (text: string) => lines.sent('client_to_server', Buffer.from(text)),
    server: (text: string) => lines.sent('server_to_client', Buffer.from(text)),
  };
}

const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const RESULT = '{"jsonrpc":"2.0","id":1,"result":{}}';

test('the lines of each side are messages of that side, with their sizes', () => {
  const { client, server, described } = observing();
  client(REQUEST.slice(0, 9));
  server(`${RESULT}\n`.slice(0, 20));
  client(`${REQUEST.slice(9)}\n`);
  server(`${RESULT}\n`.slice(20));
  server(`${REQUEST}\n`);
  client(`${RESULT}\n`);
  const [asked, answered] = [REQUEST.length, RESULT.length];
  expect(described()).toEqual([
    `client_to_server, ${asked} bytes`,
    `ended, ${answered} bytes`,
    `server_to_client, ${asked} bytes`,
    `ended, ${answered} bytes`,
  ]);
});

test('a line without a message is a parse error of the client, and stray output of the server', () => {
  const { client, server, described } = observing();
  for (const line of ['hello\n', '[]\n', '{"id":1}\n']) {
    client(line);
    server(line);
  }
  expect(described()).toEqual(['parse', 'stray_stdout', 'parse', 'stray_stdout', 'parse', 'stray_stdout']);
});

test('all messages of a batch are observed', () => {
  const { client, described } = observing();
  const notification = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  client(`[${notification},${REQUEST},${notification}]\n`);
  expect(described()).toEqual([
    'client_to_server, null bytes',
    'client_to_server, null bytes',
    'client_to_server, null bytes',
  ]);
});

test('an unterminated last line of the server is observed when its output has ended', () => {
  const { lines, client, server, described } = observing();
  client(`${REQUEST}\n`);
  server(RESULT);
  client(REQUEST);
  expect(described()).toHaveLength(1);
  lines.serverEnded();
  expect(described().slice(1)).toEqual([`ended, ${RESULT.length} bytes`]);
});
