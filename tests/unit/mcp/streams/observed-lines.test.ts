import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { TrafficObserver } from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { ObservedLines } from '../../../../src/mcp/streams/observed-lines.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { LIMITS } from '../../../../src/monitor/limits.ts';
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
    ended: () =>
      events.flatMap((event) =>
        event.type === 'request_ended' ? [[event.request.method, event.unobserved]] : [],
      ),
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

describe('a line that is too long to read', () => {
  const long = (length: number) => 'x'.repeat(length);
  const FILLER = long(LIMITS.text_bytes.max);
  const request = (id: number, method = 'ping') => `{"jsonrpc":"2.0","id":${id},"method":"${method}"}\n`;
  const result = (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{}}\n`;
  /** A batch, and a response whose id is in neither end. */
  const unreadable = [
    ['a batch', `[{"jsonrpc":"2.0","id":1,"result":{"content":"${FILLER}"}}]\n`],
    [
      'a response with its id in the middle',
      `{"jsonrpc":"2.0","result":{"a":"${FILLER}"},"id":1,"_meta":{"b":"${long(2000)}"}}\n`,
    ],
  ] as const;

  test.each(unreadable)('%s ends the only request in flight as unobserved', (_, line) => {
    const { client, server, ended, described } = observing();
    client(request(1));
    server(line);
    expect(ended()).toEqual([['ping', 'too_large']]);
    server(result(1));
    expect(described()).not.toContain('unknown_id');
    expect(described()).not.toContain('stray_stdout');
  });

  test.each(unreadable)('%s may be for any request in flight: those without a response end', (_, line) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client, server, ended } = observing();
    client(request(1));
    client(request(2, 'tools/list'));
    server(line);
    client(request(3));
    server(result(2));
    vi.advanceTimersByTime(59_000);
    expect(ended()).toEqual([['tools/list', null]]);
    vi.advanceTimersByTime(1000);
    expect(ended()).toEqual([
      ['tools/list', null],
      ['ping', 'too_large'],
    ]);
    server(result(3));
    expect(ended().at(-1)).toEqual(['ping', null]);
  });

  test('a line of the client counts as one unobserved request, and its response is expected', () => {
    const { client, server, ended, described } = observing();
    client(`[{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"${FILLER}"}}]\n`);
    expect(ended()).toEqual([['_OTHER', 'too_large']]);
    server(result(1));
    expect(described()).not.toContain('unknown_id');
    expect(described()).not.toContain('parse');
  });

  test('a line that is no JSON, or of another format, stays stray output', () => {
    const { client, server, ended, described } = observing();
    client(request(1));
    server(`${FILLER}x\n`);
    server(`{"level":"info","data":"${FILLER}"}\n`);
    expect(described().slice(1)).toEqual(['stray_stdout', 'stray_stdout']);
    server(result(1));
    expect(ended()).toEqual([['ping', null]]);
  });

  test('the responses of a batch beyond its limit are not read', () => {
    const { client, server, ended } = observing();
    client(request(-1));
    const batch = Array.from({ length: LIMITS.batch_messages.max + 1 }, (_, id) => result(id).trim());
    server(`[${batch.join(',')}]\n`);
    expect(ended()).toEqual([['ping', 'too_large']]);
  });
});
