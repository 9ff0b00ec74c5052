import { describe, expect, test } from 'vitest';

import { LIMITS } from '../../../../src/monitor/limits.ts';
import { wireTextOf } from '../../../../src/mcp/wire/wire-text.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { messageOf } from '../../../support/json-rpc.ts';
import { observedConnection, toolCall } from '../../../support/observed-connection.ts';

/** A message that an SDK passes to its hook. */
const hooked = (members: object) => ({ jsonrpc: '2.0', ...members });
/** A message whose members cannot be read. */
const hostile = {
  jsonrpc: '2.0',
  get method(): never {
    throw new Error('boom');
  },
};
const gone = () => Promise.reject(new Error('gone'));

describe('a message that the hook receives', () => {
  test('work that a tool call starts is a stage of its operation', async () => {
    const { observer, sessions, of } = observedConnection({ mcpSessionId: () => 'mcp-1' });
    const work = (name: string) => () => void sessions.open('mcp-1').run(name, () => undefined);
    observer.receive(hooked(toolCall(1)), work('stage'));
    observer.receive(hooked({ id: 2, method: 'ping' }), work('alone'));
    const [call, stage, alone] = of('operation').filter(({ kind }) => kind === 'started');
    expect([stage?.operationName, alone?.operationName]).toEqual(['stage', 'alone']);
    expect([stage?.parentId, alone?.parentId]).toEqual([call?.operationId, null]);
  });

  test('an error of the receiver reaches its caller', () => {
    const { observer, faults } = observedConnection();
    const fail = () => {
      throw new Error('broken tool');
    };
    expect(() => observer.receive(hooked(toolCall(1)), fail)).toThrow('broken tool');
    expect(() => observer.receive(hooked({ id: 2, method: 'ping' }), fail)).toThrow('broken tool');
    expect(faults).toEqual([]);
  });

  test('a message that cannot be read is delivered, sent and reported', async () => {
    const { observer, faults } = observedConnection();
    const delivered: string[] = [];
    observer.receive(hostile, () => delivered.push('received'));
    await observer.send(hostile, async () => void delivered.push('sent'));
    await expect(observer.send(hostile, gone)).rejects.toThrow('gone');
    expect(delivered).toEqual(['received', 'sent']);
    expect(faults.map(String)).toEqual(['Error: boom', 'Error: boom', 'Error: boom']);
  });

  test('the headers of a received message belong to its request', () => {
    const { observer, of } = observedConnection();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    observer.receive(hooked(toolCall(1)), () => undefined, { traceparent, protocolVersion: '2026-07-28' });
    expect(of('request_started')).toMatchObject([
      {
        request: {
          trace: { spanId: 'b7ad6b7169203331' },
          connection: { protocolVersion: '2026-07-28' },
        },
      },
    ]);
  });

  test('only a tool call returns an operation', () => {
    const { observer } = observedConnection();
    const [call, ping] = [toolCall(1), { id: 2, method: 'ping' }].map((each) =>
      observer.clientMessage(messageOf(each)),
    );
    expect(call?.operation).not.toBeNull();
    expect(ping?.operation).toBeNull();
  });
});

describe('a message that the hook sends', () => {
  test('a request of the server starts before it is sent, and a response ends its request after', async () => {
    const { observer, client, of } = observedConnection();
    client(toolCall(1));
    const seen = () => [of('request_started').length, of('request_ended').length];
    const during: number[][] = [];
    const transmit = async () => void during.push(seen());
    await observer.send(hooked({ id: 1, method: 'roots/list' }), transmit);
    await observer.send(hooked({ id: 1, result: {} }), transmit);
    await observer.send(hooked({ method: 'notifications/message' }), transmit);
    expect(during).toEqual([
      [2, 0],
      [2, 0],
      [2, 1],
    ]);
    expect(seen()).toEqual([2, 1]);
    expect(of('notification')).toHaveLength(1);
  });

  test.each<[string, object, object[]]>([
    [
      'a response',
      { id: 1, result: {} },
      [{ request: { direction: 'client_to_server' }, errorType: 'undeliverable' }],
    ],
    [
      'an error',
      { id: 1, error: { code: 1, message: 'no' } },
      [{ request: { direction: 'client_to_server' }, errorType: 'undeliverable' }],
    ],
    [
      'a request',
      { id: 1, method: 'roots/list' },
      [{ request: { direction: 'server_to_client' }, errorType: 'undeliverable' }],
    ],
    ['a notification', { method: 'notifications/message' }, []],
    ['an error without an id', { id: null, error: { code: 1, message: 'no' } }, []],
    ['a response without a request', { id: 7, result: {} }, []],
  ])(
    '%s that cannot be sent counts as a failure to send, and ends only its request',
    async (_, sent, ended) => {
      const { observer, client, of, faults } = observedConnection();
      client({ id: 1, method: 'ping' });
      await expect(observer.send(hooked(sent), gone)).rejects.toThrow('gone');
      expect(of('transport_error')).toMatchObject([{ kind: 'send_failed' }]);
      expect(of('request_ended')).toMatchObject(ended);
      expect(of('request_ended')).toHaveLength(ended.length);
      expect(faults).toEqual([]);
    },
  );

  test('a value that is no message and cannot be sent counts as a failure to send', async () => {
    const { observer, of, faults } = observedConnection();
    await expect(observer.send('text', gone)).rejects.toThrow('gone');
    expect(of('transport_error')).toMatchObject([{ kind: 'send_failed' }]);
    expect(faults).toEqual([]);
  });

  test('a response whose sending fails after the close ended its request before', async () => {
    const { observer, client, of, faults } = observedConnection();
    client({ id: 1, method: 'ping' });
    const closeAndFail = async () => {
      observer.close();
      throw new Error('gone');
    };
    await expect(observer.send(hooked({ id: 1, result: {} }), closeAndFail)).rejects.toThrow('gone');
    expect(of('request_ended')).toMatchObject([{ errorType: '' }]);
    expect(of('transport_error')).toMatchObject([{ kind: 'send_failed' }]);
    expect(faults).toEqual([]);
  });
});

describe('how much of a message is read', () => {
  const long = {
    id: 1,
    method: 'tools/call',
    params: { name: 'add', arguments: { a: 'x'.repeat(100_000) } },
  };
  const result = { id: 1, result: { content: [{ type: 'text', text: 'x'.repeat(100_000) }] } };
  const text = (message: object) => wireTextOf(JSON.stringify(hooked(message)));
  const isWhole = ({ observer }: ReturnType<typeof observedConnection>) => [
    JSON.stringify(observer.read(text(long), 'client_to_server').messages[0]).length > 100_000,
    JSON.stringify(observer.read(text(result), 'server_to_client').messages[0]).length > 100_000,
  ];

  test.each([
    ['by default', {}, [false, false]],
    ['with sessionOf', { sessionOf: () => undefined }, [true, false]],
    ['with captured payloads', { config: { ...DEFAULT_CONFIG, isCapturingPayloads: true } }, [true, true]],
  ])(
    'long requests and results are parsed in full %s as far as they are needed',
    (_title, options, expected) => {
      expect(isWhole(observedConnection(options))).toEqual(expected);
    },
  );

  test('messages of a batch beyond the limit are not read, and their responses are expected', () => {
    const { observer, server, of } = observedConnection();
    const batch = Array.from({ length: LIMITS.batch_messages.max + 2 }, (_, id) =>
      hooked({ id, method: 'ping' }),
    );
    expect(observer.readParsed(batch).messages).toHaveLength(LIMITS.batch_messages.max);
    expect(of('limit_reached')).toEqual([{ type: 'limit_reached', limit: 'batch_messages', count: 2 }]);
    for (const id of [1, 2, 3]) server({ id, result: {} });
    expect(of('transport_error')).toHaveLength(1);
  });

  test('a single parsed value leaves no response expected', () => {
    const { observer, server, of } = observedConnection();
    expect(observer.readParsed([hooked({ id: 1, method: 'ping' })]).messages).toHaveLength(1);
    server({ id: 1, result: {} });
    expect(of('transport_error')).toMatchObject([
      { kind: 'unknown_id', connection: { serverName: 'demo', transport: 'pipe' } },
    ]);
  });
});

describe('what the messages of a connection tell', () => {
  const names = async (method: string, result: object, call: string) => {
    const { client, server, of } = observedConnection();
    client({ id: 1, method });
    server({ id: 1, result });
    client({ id: 2, method: call, params: { name: 'known' } });
    const [, { request } = {}] = of('request_started');
    return [request?.toolName, request?.promptName];
  };

  test('tools and prompts are learned from their own lists', async () => {
    const list = [{ name: 'known' }];
    expect(await names('tools/list', { tools: list }, 'tools/call')).toEqual(['known', '']);
    expect(await names('tools/list', { prompts: list }, 'tools/call')).toEqual(['_OTHER', '']);
    expect(await names('prompts/list', { prompts: list }, 'prompts/get')).toEqual(['', 'known']);
    expect(await names('prompts/list', { tools: list }, 'prompts/get')).toEqual(['', '_OTHER']);
    expect(await names('tools/list', { tools: list }, 'prompts/get')).toEqual(['', '_OTHER']);
  });

  test.each<[string, object, object]>([
    ['a result of tools/call', toolCall(1), { task: { taskId: 't', status: 'working' } }],
    ['a result of tasks/get', { id: 1, method: 'tasks/get' }, { taskId: 't', status: 'working' }],
    ['a result of tasks/cancel', { id: 1, method: 'tasks/cancel' }, { taskId: 't', status: 'working' }],
  ])('a task is tracked from %s', (_title, request, result) => {
    const { client, server, clock, of } = observedConnection();
    client(request);
    server({ id: 1, result });
    clock.advance(1500);
    client({ method: 'notifications/tasks/status', params: { taskId: 't', status: 'failed' } });
    expect(of('task_changed').map(({ status, durationSeconds }) => [status, durationSeconds])).toEqual([
      ['working', null],
      ['failed', 1.5],
    ]);
  });

  test('other results change no task, and other notifications do not either', () => {
    const { client, server, of, faults } = observedConnection();
    const task = { taskId: 't', status: 'working' };
    client({ id: 1, method: 'resources/read' });
    server({ id: 1, result: { ...task, task } });
    server({ method: 'notifications/message', params: task });
    expect(of('task_changed')).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('subscriptions are counted by their whole URI', () => {
    const { client, server, observer, of } = observedConnection();
    const uris = ['a://b', 'a://c', `a://${'x'.repeat(500)}1`, `a://${'x'.repeat(500)}2`];
    for (const [id, uri] of uris.entries()) {
      client({ id, method: 'resources/subscribe', params: { uri } });
      server({ id, result: {} });
    }
    client({ id: 9, method: 'resources/subscribe', params: { uri: 'a://d' } });
    server({ id: 9, error: { code: 1, message: 'no' } });
    client({ id: 10, method: 'resources/unsubscribe', params: { uri: 'a://b' } });
    server({ id: 10, result: {} });
    observer.close();
    expect(of('subscriptions_changed').map(({ change }) => change)).toEqual([1, 1, 1, 1, -1, -3]);
  });
});
