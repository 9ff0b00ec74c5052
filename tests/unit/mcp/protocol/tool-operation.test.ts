import { describe, expect, test } from 'vitest';

import type { ToolCall } from '../../../../src/mcp/protocol/tool-operation.ts';
import { WatchedServer } from '../../../../src/mcp/protocol/watched-server.ts';
import { DEFAULT_CONFIG } from '../../../../src/settings/config.ts';
import { observedConnection, toolCall } from '../../../support/observed-connection.ts';

const progress = (params: object) => ({
  method: 'notifications/progress',
  params: { progressToken: 'a', ...params },
});

describe('the session of a call', () => {
  test('a call is passed to sessionOf as the client sent it, with its MCP session', () => {
    const calls: ToolCall[] = [];
    const sessionOf = (call: ToolCall) => void calls.push(call);
    const { client } = observedConnection({ sessionOf });
    client({ id: 1, method: 'tools/call', params: { name: 'add', arguments: [1] } });
    client({ id: 2, method: 'tools/call' });
    observedConnection({ sessionOf, mcpSessionId: () => 'mcp-1' }).client(toolCall(1));
    expect(calls).toEqual([
      { toolName: 'add', arguments: [1], mcpSessionId: null },
      { toolName: '', arguments: undefined, mcpSessionId: null },
      { toolName: 'add', arguments: {}, mcpSessionId: 'mcp-1' },
    ]);
  });

  test.each([undefined, null, '', 7, {}, 'x'.repeat(257), '\ud800'])(
    'a call belongs to its MCP session if sessionOf returns %j',
    (chosen) => {
      const { client, sessions, faults } = observedConnection({
        sessionOf: () => chosen as string,
        mcpSessionId: () => 'mcp-1',
      });
      client(toolCall(1));
      expect(sessions.list().map(({ sessionId }) => sessionId)).toEqual(['mcp-1']);
      expect(faults).toEqual([]);
    },
  );

  test('a sessionOf that throws is reported', () => {
    const error = new Error('broken');
    const { client, faults } = observedConnection({
      sessionOf: () => {
        throw error;
      },
    });
    client(toolCall(1));
    expect(faults).toEqual([error]);
  });

  test('a sessionOf that rejects is reported', async () => {
    const error = new Error('broken');
    const { client, faults } = observedConnection({
      sessionOf: (() => Promise.reject(error)) as unknown as () => string,
    });
    client(toolCall(1));
    await expect.poll(() => faults).toEqual([error]);
  });

  test('a close ends the session of the connection, and no session that sessionOf chose', () => {
    const { client, observer, sessions } = observedConnection({
      sessionOf: ({ toolName }) => (toolName === 'add' ? 'chosen' : undefined),
    });
    client(toolCall(1, 'add'));
    client(toolCall(2, 'sub'));
    observer.close();
    const closed = sessions.list().map(({ sessionId, status }) => [sessionId === 'chosen', status]);
    expect(new Map(closed as [boolean, string][])).toEqual(
      new Map([
        [true, 'idle'],
        [false, 'closed'],
      ]),
    );
  });

  test('a close ends no session that connections share', () => {
    const { client, observer, sessions } = observedConnection({ isSessionless: () => true });
    client(toolCall(1));
    observer.close();
    expect(sessions.list()).toMatchObject([{ sessionId: 'demo', status: 'idle' }]);
  });

  test('connections of one server without MCP sessions have different sessions', () => {
    const { client, sessions } = observedConnection();
    client(toolCall(1));
    observedConnection({ sessions }).client(toolCall(1));
    const ids = sessions.list().map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain('demo');
  });
});

describe('the details of an operation', () => {
  test('an operation names the requested tool only if it is unknown', () => {
    const server = new WatchedServer({ name: 'demo', hasTool: (name) => name === 'add' });
    const { client, of } = observedConnection({ server });
    client(toolCall(1, 'add'));
    client(toolCall(2, 'made up'));
    expect(of('operation').map(({ operationName, details }) => [operationName, details])).toEqual([
      ['add', undefined],
      ['_OTHER', { requested_tool: 'made up' }],
    ]);
  });

  test.each([
    [
      { isError: true, content: [{ type: 'text', text: 'no' }] },
      { error: 'no', error_type: 'tool_error' },
    ],
    [{ content: [] }, undefined],
  ])('an operation that ends with the result %j has the details %j', (result, details) => {
    const { client, server, of } = observedConnection();
    client(toolCall(1));
    server({ id: 1, result });
    expect(of('operation').at(-1)?.details).toEqual(details);
  });

  test('a failed operation has the error of its response, and a long one is cut', () => {
    const { client, server, of } = observedConnection();
    for (const [id, error] of [
      [1, { code: 5 }],
      [2, { code: 6, message: 'x'.repeat(5000) }],
    ] as const) {
      client(toolCall(id));
      server({ id, error });
    }
    const errors = of('operation').flatMap(({ kind, error }) => (kind === 'failed' ? [error] : []));
    expect(errors.map((error) => error?.length)).toEqual([51, 501]);
  });

  test('results are captured of successful and failed calls if the setting says so', () => {
    const { client, server, of } = observedConnection({
      config: { ...DEFAULT_CONFIG, isCapturingPayloads: true },
    });
    client(toolCall(1));
    server({ id: 1, result: { content: 'yes' } });
    expect(of('operation').map(({ details }) => details)).toEqual([
      { arguments: {}, requested_tool: 'add' },
      { result: { content: 'yes' } },
    ]);
  });
});

describe('the progress of an operation', () => {
  test('progress without a usable total keeps the last percentage', () => {
    const { client, server, of, faults } = observedConnection();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    for (const params of [
      { progress: 1, total: 4 },
      { progress: 2 },
      { progress: '3', total: 4 },
      { progress: 3, total: '4' },
      { progress: -1, total: 4 },
      { progress: 0, total: 0 },
      { progress: 8, total: 4 },
      { progress: 0, total: 4 },
    ]) {
      server(progress(params));
    }
    const percents = of('operation').map(({ progress: percent }) => percent);
    expect(percents.slice(1)).toEqual([25, 25, 25, 25, 25, 25, 100, 0]);
    expect(faults).toEqual([]);
  });

  test('the message of a progress notification is redacted and cut', () => {
    const { client, server, of } = observedConnection();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    server(progress({ progress: 1, message: 'token=hunter2hunter2' }));
    server(progress({ progress: 2, message: 'a b '.repeat(1000) }));
    server(progress({ progress: 3, message: 7 }));
    const messages = of('operation')
      .slice(1)
      .map(({ details }) => details?.['message'] as string | undefined);
    expect(messages[0]).toBe('token=[redacted]');
    expect(messages[1]).toHaveLength(501);
    expect(messages[2]).toBeUndefined();
  });
});
