import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { InFlight } from '../../../../src/mcp/protocol/in-flight.ts';
import { CONNECTION_LOST } from '../../../../src/mcp/protocol/request-end.ts';
import { messageOf } from '../../../support/json-rpc.ts';
import { observedConnection, toolCall } from '../../../support/observed-connection.ts';

const cancel = (requestId: unknown, reason?: string) => ({
  method: 'notifications/cancelled',
  params: { requestId, reason },
});
const progress = (progressToken: unknown) => ({
  method: 'notifications/progress',
  params: { progressToken, progress: 1, total: 2 },
});

/** A connection, and one line per event of its requests. */
function tracking(...options: Parameters<typeof observedConnection>) {
  const connection = observedConnection(...options);
  const log = () =>
    connection.events.flatMap((event) => {
      if (event.type === 'request_started') return [`${event.request.method} started`];
      if (event.type === 'request_ended') {
        const reason = event.unobserved === null ? '' : ` (${event.unobserved})`;
        return [`${event.request.method} ended: ${event.errorType}${reason}`];
      }
      if (event.type === 'limit_reached') return [`limit ${event.limit}`];
      return event.type === 'transport_error' ? [event.kind] : [];
    });
  return { ...connection, log };
}

describe('too many requests', () => {
  test('beyond the limit of a connection, the oldest request is no longer tracked, and its response is expected', () => {
    const { client, server, log, of, faults } = tracking({ maxRequests: 2 });
    client(toolCall(1));
    client({ id: 2, method: 'ping' });
    client({ id: 3, method: 'tools/list' });
    expect(log().slice(2)).toEqual([
      'tools/call ended: unobserved (not_followed)',
      'limit requests_per_connection',
      'tools/list started',
    ]);
    expect(of('operation').at(-1)).toMatchObject({
      kind: 'unobserved',
      error: 'no longer followed: too many requests are in flight',
    });
    server({ id: 1, result: {} });
    expect(log()).toHaveLength(5);
    server({ id: 1, result: {} });
    expect(log().slice(5)).toEqual(['unknown_id']);
    expect(faults).toEqual([]);
  });

  test('each direction has its own limit', () => {
    const { client, server, log } = tracking({ maxRequests: 1 });
    client({ id: 1, method: 'ping' });
    server({ id: 1, method: 'roots/list' });
    expect(log()).toEqual(['ping started', 'roots/list started']);
    server({ id: 2, method: 'ping' });
    expect(log().slice(2)).toEqual([
      'roots/list ended: unobserved (not_followed)',
      'limit requests_per_connection',
      'ping started',
    ]);
  });

  test('beyond the limit of all connections, the oldest request is no longer tracked', () => {
    const { client, server, log } = tracking({}, { maxRequests: 1 });
    client({ id: 1, method: 'ping' });
    client({ id: 2, method: 'tools/list' });
    expect(log()).toEqual([
      'ping started',
      'tools/list started',
      'ping ended: unobserved (not_followed)',
      'limit requests_total',
    ]);
    server({ id: 2, result: {} });
    client({ id: 3, method: 'ping' });
    expect(log().slice(4)).toEqual(['tools/list ended: ', 'ping started']);
  });

  test('ten thousand requests of one connection are tracked', () => {
    const { client, log } = tracking();
    for (let id = 0; id < 10_000; id++) client({ id, method: 'ping' });
    expect(new Set(log())).toEqual(new Set(['ping started']));
    client({ id: 'one more', method: 'ping' });
    expect(log()).toContain('limit requests_per_connection');
  });
});

describe('an id', () => {
  test('the first response to an id that was reused belongs to the first request', () => {
    const { client, server, log, of, clock } = tracking();
    client(toolCall(1));
    clock.advance(100);
    client({ id: 1, method: 'ping' });
    server({ id: 1, result: {} });
    server({ id: 1, result: {} });
    expect(log()).toEqual(['tools/call started', 'ping started', 'tools/call ended: ', 'ping ended: ']);
    expect(of('operation').at(-1)).toMatchObject({ kind: 'completed' });
  });

  test('a late response to a cancelled request is not expected once its id was reused', () => {
    const { client, server, log } = tracking();
    client({ id: 1, method: 'ping' });
    client(cancel(1));
    client({ id: 1, method: 'tools/list' });
    server({ id: 1, result: {} });
    server({ id: 1, result: {} });
    expect(log().slice(-2)).toEqual(['tools/list ended: ', 'unknown_id']);
  });

  test('both sides may use the same id', () => {
    const { client, server, log } = tracking();
    client({ id: 1, method: 'ping' });
    server({ id: 1, method: 'roots/list' });
    client({ id: 1, result: {} });
    server({ id: 1, error: { code: 5, message: 'no' } });
    expect(log().slice(2)).toEqual(['roots/list ended: ', 'ping ended: 5']);
  });

  test('an error without an id ends nothing', () => {
    const { client, server, log } = tracking();
    client({ id: 1, method: 'ping' });
    server({ id: null, error: { code: -32_700, message: 'parse error' } });
    expect(log()).toEqual(['ping started']);
  });
});

describe('a cancellation', () => {
  test('no other notification cancels a request or counts as progress', () => {
    const { client, server, log, of } = tracking();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    const params = { requestId: 1, progressToken: 'a', progress: 1 };
    client({ method: 'notifications/initialized', params });
    server({ method: 'notifications/message', params });
    expect(log()).toEqual(['tools/call started']);
    expect(of('progress_notified')).toEqual([]);
  });

  test('a cancellation of an unknown request, or without an id, does nothing', () => {
    const { client, server, log, faults } = tracking();
    client({ id: 1, method: 'ping' });
    server({ id: 2, method: 'ping' });
    for (const id of [7, undefined, null, {}, '']) client(cancel(id));
    server(cancel(1));
    client(cancel(2));
    expect(log()).toEqual(['ping started', 'ping started']);
    server({ id: 7, result: {} });
    expect(log().at(-1)).toBe('unknown_id');
    expect(faults).toEqual([]);
  });

  test('a cancelled operation shows the reason of the client', () => {
    const { client, of } = tracking();
    client(toolCall(1));
    client(toolCall(2));
    client(cancel(1, 'the user changed their mind'));
    client(cancel(2));
    const cancelled = of('operation').filter(({ kind }) => kind === 'cancelled');
    expect(cancelled.map(({ error }) => error)).toEqual(['the user changed their mind', 'cancelled']);
  });

  test('a second cancellation of id 0 changes neither the end nor its time', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client, clock, of, faults } = tracking();
    client(toolCall(0));
    clock.advance(100);
    client(cancel(0, 'timed out'));
    clock.advance(3000);
    vi.advanceTimersByTime(3000);
    client(cancel(0));
    clock.advance(1999);
    vi.advanceTimersByTime(1999);
    expect(of('request_ended')).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(of('request_ended')).toMatchObject([{ cancellation: 'timeout', durationSeconds: 0.1 }]);
    vi.advanceTimersByTime(10_000);
    expect(of('request_ended')).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test('a response to the cancelled id 0 ends its request, and its timer', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { client, server, of } = tracking();
    client(toolCall(0));
    const timers = vi.getTimerCount();
    client(cancel(0));
    expect(vi.getTimerCount()).toBe(timers + 1);
    server({ id: 0, result: {} });
    expect(vi.getTimerCount()).toBe(timers);
    expect(of('request_ended')).toMatchObject([{ errorType: '' }]);
  });

  test('a request of the server with id 0 is cancelled at once', () => {
    const { client, server, log } = tracking();
    server({ id: 0, method: 'roots/list' });
    server(cancel(0));
    expect(log()).toEqual(['roots/list started', 'roots/list ended: cancelled']);
    client({ id: 0, result: {} });
    expect(log()).toHaveLength(2);
  });
});

describe('a response to a cancelled request', () => {
  test('has the size and the method of the request, in both directions', () => {
    const { observer, client, server, of, faults } = tracking();
    client(toolCall(1));
    client({ id: 2, method: 'ping' });
    server({ id: 1, method: 'roots/list' });
    for (const id of [1, 2]) client(cancel(id));
    server(cancel(1));
    observer.serverMessage(messageOf({ id: 2, error: { code: 5, message: 'no' } }), { sizeBytes: 2000 });
    observer.serverMessage(messageOf({ id: '1', result: {} }), { sizeBytes: 100 });
    observer.clientMessage(messageOf({ id: 1, result: {} }), { sizeBytes: 30 });
    const connection = expect.objectContaining({ serverName: 'demo' }) as unknown;
    const late = { type: 'late_response', connection };
    expect(of('late_response')).toEqual([
      { ...late, direction: 'server_to_client', method: 'ping', sizeBytes: 2000 },
      { ...late, direction: 'server_to_client', method: 'tools/call', sizeBytes: 100 },
      { ...late, direction: 'client_to_server', method: 'roots/list', sizeBytes: 30 },
    ]);
    expect(of('transport_error')).toEqual([]);
    expect(of('request_ended')).toHaveLength(3);
    expect(faults).toEqual([]);
  });

  test('is not reported if its size is unknown', () => {
    const { client, server, of } = tracking();
    client(toolCall(1));
    client(cancel(1));
    server({ id: 1, result: {} });
    expect([...of('late_response'), ...of('transport_error')]).toEqual([]);
  });

  test('counts once: a second one has an unknown id', () => {
    const { observer, client, of } = tracking();
    client(toolCall(1));
    client(cancel(1));
    for (let times = 0; times < 2; times++)
      observer.serverMessage(messageOf({ id: 1, result: {} }), { sizeBytes: 10 });
    expect(of('late_response')).toHaveLength(1);
    expect(of('transport_error')).toMatchObject([{ kind: 'unknown_id' }]);
  });

  test('is reported if the client has closed the connection meanwhile', () => {
    const { observer, client, of } = tracking();
    client(toolCall(1));
    observer.close();
    observer.serverMessage(messageOf({ id: 1, result: {} }), { sizeBytes: 10 });
    expect(of('late_response')).toMatchObject([{ method: 'tools/call', sizeBytes: 10 }]);
  });

  test('is not the response of the side that made the request', () => {
    const { client, log } = tracking();
    client({ id: 1, method: 'ping' });
    client(cancel(1));
    client({ id: 1, result: {} });
    expect(log().at(-1)).toBe('unknown_id');
  });

  test('with id 0 that is the second one has an unknown id, because the first one ended the request', () => {
    const { client, server, log, of } = tracking();
    client(toolCall(0));
    client(cancel(0));
    for (let times = 0; times < 2; times++) server({ id: 0, result: {} });
    expect(of('request_ended')).toMatchObject([{ errorType: '' }]);
    expect(log().at(-1)).toBe('unknown_id');
  });
});

describe('progress', () => {
  test('progress of a request that has ended moves no operation', () => {
    const { client, server, of } = tracking();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    server({ id: 1, result: {} });
    server(progress('a'));
    expect(of('operation').map(({ kind }) => kind)).toEqual(['started', 'completed']);
    expect(of('progress_notified')).toMatchObject([{ toolName: '' }]);
  });

  test('progress moves the last call with its token, also after an earlier one has ended', () => {
    const { client, server, of, faults } = tracking();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    client(toolCall(2, 'sub', { progressToken: 'a' }));
    server({ id: 1, result: {} });
    server(progress('a'));
    const [, second] = of('operation');
    const progressed = of('operation').filter(({ kind }) => kind === 'progressed');
    expect(progressed.map(({ operationId }) => operationId)).toEqual([second?.operationId]);
    for (const token of [{}, null, undefined, 'b']) server(progress(token));
    expect(of('progress_notified')).toHaveLength(5);
    expect(of('operation').filter(({ kind }) => kind === 'progressed')).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  test('a request of the server does not take over the progress token of a call', () => {
    const { client, server, of } = tracking();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    server({ id: 2, method: 'sampling/createMessage', params: { _meta: { progressToken: 'a' } } });
    server(progress('a'));
    expect(of('operation').map(({ kind }) => kind)).toEqual(['started', 'progressed']);
  });

  test('progress of a request that is no tool call, or from the client, moves nothing', () => {
    const { client, server, of } = tracking();
    client(toolCall(1, 'add', { progressToken: 'a' }));
    client({ id: 2, method: 'resources/read', params: { _meta: { progressToken: 'b' } } });
    client(progress('a'));
    server(progress('b'));
    expect(of('operation').map(({ kind }) => kind)).toEqual(['started']);
    expect(of('progress_notified')).toHaveLength(1);
  });
});

describe('what a request carries', () => {
  test('only calls of tools and requests of prompts carry a name', () => {
    const { client, server, of } = tracking();
    for (const method of ['tools/call', 'prompts/get', 'resources/read']) {
      client({ id: method, method, params: { name: 'known' } });
      server({ id: method, result: {} });
      client({ id: method, method, params: { name: 'known' } });
    }
    const named = of('request_started').map(({ request }) => [request.toolName, request.promptName]);
    expect(named).toEqual([
      ['_OTHER', ''],
      ['known', ''],
      ['', '_OTHER'],
      ['', 'known'],
      ['', ''],
      ['', ''],
    ]);
    expect(of('request_ended').map(({ toolName, promptName }) => [toolName, promptName])).toEqual([
      ['known', ''],
      ['', 'known'],
      ['', ''],
    ]);
  });

  test('a tool call of the server is timed, but is no operation', () => {
    const { server, client, of } = tracking();
    server(toolCall(1));
    client({ id: 1, result: {} });
    expect(of('request_ended')).toMatchObject([
      { request: { direction: 'server_to_client', method: 'tools/call' }, errorType: '' },
    ]);
    expect(of('operation')).toEqual([]);
  });

  test('sizes are null if they are unknown', () => {
    const { client, server, of } = tracking();
    client(toolCall(1));
    server({ id: 1, result: {} });
    server({ method: 'notifications/message' });
    expect([...of('request_started'), ...of('request_ended'), ...of('notification')]).toMatchObject([
      { sizeBytes: null },
      { sizeBytes: null, cancellation: null, inputRequired: false },
      { sizeBytes: null, direction: 'server_to_client', method: 'notifications/message' },
    ]);
  });
});

describe('a request that a transport ends', () => {
  test('a request that a transport ends is in flight until then, and its late response is unknown', () => {
    const { observer, client, server, log, faults } = tracking();
    const ping = client({ id: 1, method: 'ping' }) as InFlight;
    expect(observer.isInFlight(ping)).toBe(true);
    for (let times = 0; times < 2; times++) observer.endRequest(ping, CONNECTION_LOST);
    expect(observer.isInFlight(ping)).toBe(false);
    expect(log().slice(1)).toEqual(['ping ended: connection_closed']);
    server({ id: 1, result: {} });
    expect(log().at(-1)).toBe('unknown_id');
    expect(faults).toEqual([]);
  });

  test('a request whose response could not be read is unobserved, and its response may still arrive', () => {
    const { observer, client, server, log, of, faults } = tracking();
    const call = client(toolCall(1)) as InFlight;
    observer.endUnobserved(call, 'too_large');
    expect(log().slice(1)).toEqual(['tools/call ended: unobserved (too_large)']);
    expect(of('operation').at(-1)).toMatchObject({
      kind: 'unobserved',
      error: 'the message was too large to read',
    });
    server({ id: 1, result: {} });
    expect(log()).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  test('responses to requests that all failed at once are unknown, and the connection stays open', () => {
    const { observer, client, server, log, of } = tracking();
    client({ id: 1, method: 'ping' });
    server({ id: 1, method: 'roots/list' });
    observer.endInFlight(CONNECTION_LOST);
    expect(log().slice(2)).toEqual(['ping ended: connection_closed', 'roots/list ended: connection_closed']);
    server({ id: 1, result: {} });
    expect(log().at(-1)).toBe('unknown_id');
    client({ id: 1, method: 'ping' });
    expect(log().at(-1)).toBe('ping started');
    expect(of('connection_closed')).toEqual([]);
  });
});
