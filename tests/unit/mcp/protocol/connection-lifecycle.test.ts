import { describe, expect, test } from 'vitest';

import { CLOSED, CONNECTION_LOST, DISCONNECTED } from '../../../../src/mcp/protocol/request-end.ts';
import { messageOf } from '../../../support/json-rpc.ts';
import { observedConnection, toolCall } from '../../../support/observed-connection.ts';

const VERSION = 'io.modelcontextprotocol/protocolVersion';

/** A connection, and the protocol versions that it opened with. */
function observing(...options: Parameters<typeof observedConnection>) {
  const connection = observedConnection(...options);
  const opened = () => connection.of('connection_opened').map((event) => event.connection.protocolVersion);
  return { ...connection, opened };
}

describe('the protocol version', () => {
  test('the header of an HTTP request names the version before its message does', () => {
    const { observer, opened } = observing();
    const message = messageOf({ id: 1, method: 'ping', params: { _meta: { [VERSION]: '2025-11-25' } } });
    observer.clientMessage(message, { protocolVersion: '2026-07-28' });
    expect(opened()).toEqual(['2026-07-28']);
  });

  test('only the first request determines the version', () => {
    const { client, opened } = observing();
    client({ id: 1, method: 'ping', params: { _meta: { [VERSION]: '2025-11-25' } } });
    client({ id: 2, method: 'ping', params: { _meta: { [VERSION]: '2026-07-28' } } });
    expect(opened()).toEqual(['2025-11-25']);
  });

  test('a result of initialize without a version opens the connection without one', () => {
    const { client, server, opened } = observing();
    client({ id: 1, method: 'initialize' });
    server({ id: 1, result: {} });
    expect(opened()).toEqual(['']);
  });

  test('a second initialize does not open the connection again', () => {
    const { client, server, opened } = observing();
    for (const [id, protocolVersion] of ['2025-11-25', '2025-06-18'].entries()) {
      client({ id, method: 'initialize' });
      server({ id, result: { protocolVersion } });
    }
    expect(opened()).toEqual(['2025-11-25']);
  });

  test('without sessions a server/discover determines the version of what follows', () => {
    const { client, server, of, opened } = observing({ isSessionless: () => true });
    client({ id: 1, method: 'server/discover', params: { _meta: { [VERSION]: '2026-07-28' } } });
    server({ id: 1, result: {} });
    expect(opened()).toEqual([]);
    expect(of('request_ended')).toMatchObject([
      { request: { connection: { protocolVersion: '2026-07-28' } } },
    ]);
  });
});

describe('the version of a server', () => {
  const initialized = (version: unknown) => {
    const connection = observing();
    connection.client({ id: 1, method: 'initialize' });
    connection.server({ id: 1, result: { protocolVersion: '2025-11-25', serverInfo: { version } } });
    return connection.of('server_seen').map(({ serverVersion }) => serverVersion);
  };

  test('the version of a server is redacted and cut', () => {
    expect(initialized('1.2.3')).toEqual(['1.2.3']);
    expect(initialized(undefined)).toEqual(['']);
    expect(initialized('x'.repeat(200))).toEqual([`${'x'.repeat(64)}…`]);
    expect(initialized('token=hunter2hunter2')).toEqual(['token=[redacted]']);
  });

  test('a server is published again when its version has changed', () => {
    const { client, server, of } = observing();
    for (const [id, version] of ['1', '1', '2', '2'].entries()) {
      client({ id, method: 'ping' });
      server({
        id,
        result: { _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'demo', version } } },
      });
    }
    expect(of('server_seen').map(({ serverVersion }) => serverVersion)).toEqual(['1', '2']);
  });

  test('a result of the client names no server', () => {
    const { client, server, of } = observing();
    client({ id: 1, method: 'ping' });
    server({ id: 2, method: 'ping' });
    client({ id: 2, result: { serverInfo: { version: '1' } } });
    server({ id: 1, error: { code: 1, message: 'no' } });
    expect(of('server_seen')).toEqual([]);
  });
});

describe('the close of a connection', () => {
  test.each([
    [undefined, { errorType: '' }, { errorType: 'cancelled', cancellation: 'close' }],
    [CLOSED, { errorType: '' }, { errorType: 'cancelled', cancellation: 'close' }],
    [DISCONNECTED, { errorType: '' }, { errorType: 'cancelled', cancellation: 'disconnect' }],
    [CONNECTION_LOST, { errorType: 'connection_closed' }, { errorType: 'connection_closed' }],
  ])('a connection that closes with %j says so, and its requests do', (end, closed, ended) => {
    const { observer, client, clock, events, of } = observing();
    clock.advance(1000);
    client(toolCall(1));
    clock.advance(500);
    observer.close(end);
    expect(of('connection_closed')).toMatchObject([{ ...closed, durationSeconds: 1.5 }]);
    expect(of('request_ended')).toMatchObject([ended]);
    const types = events.map(({ type }) => type);
    expect(types.indexOf('request_ended')).toBeLessThan(types.indexOf('connection_closed'));
  });

  test('a connection without sessions neither opens nor closes', () => {
    const { observer, client, of } = observing({ isSessionless: () => true });
    client(toolCall(1));
    observer.close(CLOSED);
    expect(of('request_ended')).toMatchObject([{ cancellation: 'close' }]);
    expect([of('connection_opened'), of('connection_closed')]).toEqual([[], []]);
  });

  test('a closed connection ignores what its client sends, and reports no fault', () => {
    const { observer, client, server, events, faults } = observing();
    client({ id: 1, method: 'ping' });
    observer.close();
    const before = events.length;
    client({ id: 2, method: 'ping' });
    client({ method: 'notifications/initialized' });
    client({ id: 5, result: {} });
    observer.close(CONNECTION_LOST);
    expect(events.slice(before)).toEqual([]);
    server({ id: 1, result: {} });
    expect(events.slice(before)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
