import { describe, expect, test } from 'vitest';

import { TrafficObserver } from '../../../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { readMessages } from '../../../../src/mcp/wire/message-reader.ts';
import { cutWireText, wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';
import { systemClock } from '../../../../src/monitor/clock.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { LIMITS, type LimitName } from '../../../../src/monitor/limits.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { messageOf } from '../../../support/json-rpc.ts';

const MEBIBYTE = 2 ** 20;

describe('a text whose values would take fifty times its memory is not parsed', () => {
  test.each([
    ['nested lists', '['.repeat(8 * MEBIBYTE) + ']'.repeat(8 * MEBIBYTE)],
    ['nested objects', '{"a":'.repeat(2 * MEBIBYTE) + '1' + '}'.repeat(2 * MEBIBYTE)],
    ['empty lists', `[${'[],'.repeat(5 * MEBIBYTE)}[]]`],
    ['empty objects', `{"jsonrpc":"2.0","id":1,"result":{"tools":[${'{},'.repeat(5 * MEBIBYTE)}{}]}}`],
  ])('a text of %s is not parsed, because its values would take fifty times its memory', (_, text) => {
    const limits: LimitName[] = [];
    const before = process.memoryUsage().heapUsed;
    const { messages } = readMessages(wireTextOf(text), { onLimit: (limit) => void limits.push(limit) });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * MEBIBYTE);
    expect(limits).toEqual(['json_values']);
    expect(JSON.stringify(messages).length).toBeLessThan(5000);
  });

  test('an ordinary list of tools of several megabytes is parsed', () => {
    const tools = Array.from({ length: 20_000 }, (_, i) => ({
      name: `tool_${i}`,
      description: 'Does what it says, and nothing else. '.repeat(8),
      inputSchema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    }));
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools } });
    expect(text.length).toBeGreaterThan(8 * MEBIBYTE);
    const onLimit = () => undefined;
    expect(readMessages(wireTextOf(text), { onLimit }).messages).toEqual([
      { kind: 'result', id: 1, result: { tools } },
    ]);
  });
});

function observing() {
  const sessions = new SessionRegistry();
  const events: MonitorEvent[] = [];
  sessions.subscribe((event) => events.push(event));
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: systemClock,
    server: new WatchedServer({ name: 'demo' }),
    transport: 'pipe',
    mcpSessionId: () => undefined,
  });
  const counted = (type: MonitorEvent['type']) => events.filter((event) => event.type === type).length;
  const answer = (id: number) => observer.serverMessage(messageOf({ id, result: {} }));
  return { observer, events, counted, answer };
}

test('of a batch a hundred times too long the first are observed; the others’ answers are expected', () => {
  const { observer, events, counted, answer } = observing();
  const count = 100 * LIMITS.batch_messages.max;
  const batch = Array.from({ length: count }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
  const { messages } = observer.read(wireTextOf(JSON.stringify(batch)), 'client_to_server');
  for (const message of messages) observer.clientMessage(message);
  for (let id = 0; id < count; id++) answer(id);
  expect(counted('request_ended')).toBe(LIMITS.batch_messages.max);
  expect(counted('transport_error')).toBe(0);
  expect(events).toContainEqual({
    type: 'limit_reached',
    limit: 'batch_messages',
    count: count - LIMITS.batch_messages.max,
  });
});

test.each([
  ['has too many values', wireTextOf(`[${'{"id":1,"method":"ping","jsonrpc":"2.0"},'.repeat(400_000)}{}]`)],
  ['was too long to keep', cutWireText(Buffer.from('[{"id":1,'), Buffer.from('}]'), 20 * MEBIBYTE)],
])('answers to requests in a text that %s are expected', (_, text) => {
  const { observer, counted, answer } = observing();
  answer(7);
  expect(counted('transport_error')).toBe(1);
  expect(observer.read(text, 'client_to_server').messages).toEqual([]);
  for (let id = 0; id < 1000; id++) answer(id);
  expect(counted('transport_error')).toBe(1);
});

test.each([
  ['longer than 16 MiB', 16 * MEBIBYTE + 1, ['text_bytes']],
  ['cut because all texts together were too long', 16 * MEBIBYTE, []],
])(
  'a text that was %s, and whose ends do not tell all, is counted once by whoever cut it',
  (_, sizeBytes, expected) => {
    const limits: LimitName[] = [];
    const text = cutWireText(
      Buffer.from('{"jsonrpc":"2.0","id":1,"error":{"code":5,"message":"x'),
      Buffer.from('x"}}'),
      sizeBytes,
    );
    const read = readMessages(text, { onLimit: (limit) => void limits.push(limit) });
    expect(limits).toEqual(expected);
    expect(read).toMatchObject({ messages: [{ kind: 'error', id: 1, code: 5 }], sizeBytes, skipped: 0 });
  },
);

test('a message that comes alone has the size of its text, read by its ends or as a whole', () => {
  for (const length of [10, 100_000]) {
    const raw = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: 'é'.repeat(length) } });
    const { sizeBytes } = readMessages(wireTextOf(raw), { onLimit: () => undefined });
    expect(sizeBytes).toBe(Buffer.byteLength(raw));
  }
});
