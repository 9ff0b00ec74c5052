import { PassThrough } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { observeTransport } from '../../../../src/mcp/hook/observe-transport.ts';
import { observedConnection, toolCall } from '../../../support/observed-connection.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const HEADERS = { 'mcp-protocol-version': '2026-07-28', traceparent: PARENT };

type Handler = ((...args: unknown[]) => void) | undefined;

/** A transport as the SDKs have it, and a server that installed its handlers before the start. */
function transporting(members: object = {}) {
  const connection = observedConnection();
  const log: unknown[][] = [];
  const errors: unknown[] = [];
  const transport = {
    onmessage: undefined as Handler,
    onclose: undefined as Handler,
    onerror: undefined as Handler,
    async start(): Promise<void> {
      log.push(['start', this === transport]);
    },
    async send(...args: unknown[]): Promise<void> {
      log.push(['send', this === transport, ...args]);
    },
    ...members,
  };
  observeTransport(transport, connection.observer, (error) => errors.push(error));
  const install = () => {
    for (const handler of ['onmessage', 'onclose', 'onerror'] as const) {
      transport[handler] = (...args) => void log.push([handler, ...args]);
    }
  };
  return { ...connection, transport, log, errors, install };
}

const message = (members: object) => ({ jsonrpc: '2.0', ...members });

describe('a watched transport', () => {
  test('messages pass unchanged, and are observed', async () => {
    const { transport, install, log, of, errors } = transporting();
    install();
    await transport.start();
    const [call, extra, result, options] = [message(toolCall(1)), {}, message({ id: 1, result: {} }), {}];
    transport.onmessage?.(call, extra);
    await transport.send(result, options);
    expect(log).toEqual([
      ['start', true],
      ['onmessage', call, extra],
      ['send', true, result, options],
    ]);
    expect(log[1]?.[1]).toBe(call);
    expect(log[1]?.[2]).toBe(extra);
    expect(of('request_ended')).toMatchObject([{ errorType: '' }]);
    expect(errors).toEqual([]);
  });

  test('the handlers that are installed when the transport starts are called, and no earlier ones', async () => {
    const { transport, install, log, of } = transporting();
    transport.onmessage = () => void log.push(['too early']);
    install();
    await transport.start();
    transport.onmessage?.(message({ id: 1, method: 'ping' }));
    expect(log.map(([what]) => what)).toEqual(['start', 'onmessage']);
    expect(of('request_started')).toHaveLength(1);
  });

  test('a close ends the requests in flight before the server is told', async () => {
    const { transport, install, log, of, events } = transporting();
    install();
    await transport.start();
    transport.onmessage?.(message({ id: 1, method: 'ping' }));
    const ended: number[] = [];
    const { onclose } = transport;
    transport.onclose = (...args) => {
      onclose?.(...args);
      ended.push(of('request_ended').length);
    };
    transport.onclose();
    expect(log.at(-1)).toEqual(['onclose']);
    expect(ended).toEqual([1]);
    expect(events.map(({ type }) => type)).toContain('connection_closed');
  });

  test('a transport without handlers works', async () => {
    const { transport, errors, of } = transporting();
    await transport.start();
    transport.onmessage?.(message({ id: 1, method: 'ping' }));
    transport.onerror?.(new Error('any'));
    transport.onclose?.();
    expect(of('request_ended')).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test('an error of start and of send reaches the server', async () => {
    const fail = () => Promise.reject(new Error('broken'));
    const { transport, of } = transporting({ start: fail, send: fail });
    await expect(transport.start()).rejects.toThrow('broken');
    await expect(transport.send(message({ id: 1, method: 'roots/list' }))).rejects.toThrow('broken');
    expect(of('transport_error')).toMatchObject([{ kind: 'send_failed' }]);
  });

  test('a transport whose handlers cannot be replaced starts, and the error is reported', async () => {
    const { transport, log, errors } = transporting();
    Object.defineProperty(transport, 'onmessage', { value: undefined, writable: false });
    await transport.start();
    expect(log).toEqual([['start', true]]);
    expect(errors).toHaveLength(1);
  });
});

describe('the headers of a message', () => {
  const throwing = {
    get requestInfo(): never {
      throw new Error('boom');
    },
  };
  const found = ['2026-07-28', '0af7651916cd43dd8448eb211c80319c'];
  const none = ['', undefined];

  test.each<[string, unknown, unknown[]]>([
    ['a record, as of SDK v1', { requestInfo: { headers: HEADERS } }, found],
    ['an object of headers', { requestInfo: { headers: new Headers(HEADERS) } }, found],
    ['a request, as of SDK v2', { request: new Request('http://a.test', { headers: HEADERS }) }, found],
    ['no headers', { requestInfo: {} }, none],
    ['headers of another type', { requestInfo: { headers: 'text' } }, none],
    [
      'values of another type',
      { requestInfo: { headers: { 'mcp-protocol-version': ['2026-07-28'] } } },
      none,
    ],
    ['no request', { request: { headers: HEADERS } }, none],
    ['nothing', {}, none],
    ['undefined', undefined, none],
    ['an error', throwing, none],
  ])('the headers of a message are read from %s', async (_title, extra, expected) => {
    const { transport, install, of, faults, log } = transporting();
    install();
    await transport.start();
    transport.onmessage?.(message({ id: 1, method: 'ping' }), extra);
    const [opened] = of('connection_opened');
    const [started] = of('request_started');
    expect([opened?.connection.protocolVersion, started?.request.trace?.traceId]).toEqual(expected);
    expect(log.at(-1)?.[2]).toBe(extra);
    expect(faults).toEqual([]);
  });
});

describe('an error of a transport', () => {
  const named = (name: string, text = 'invalid') => Object.assign(new Error(text), { name });

  test.each([
    new SyntaxError('Unexpected token'),
    named('ZodError'),
    named('$ZodError'),
    named('Error', 'ReadBuffer exceeded maximum size'),
    named('Error', 'Maximum BUFFER size Exceeded'),
  ])('%s counts as a message that could not be read', async (error) => {
    const { transport, install, log, of } = transporting();
    install();
    await transport.start();
    transport.onerror?.(error);
    expect(of('transport_error')).toMatchObject([{ kind: 'parse' }]);
    expect(log.at(-1)).toEqual(['onerror', error]);
  });

  test.each([
    new Error('EPIPE'),
    new Error('the buffer is full'),
    new Error('time exceeded'),
    new Error(`${'x'.repeat(200)}buffer exceeded`),
    named('ZodErrorLike'),
    named('SyntaxErrors'),
    'SyntaxError',
    { name: 'SyntaxError', message: 'buffer exceeded' },
    undefined,
  ])('%s does not count as a message that could not be read', async (error) => {
    const { transport, install, log, of, faults } = transporting();
    install();
    await transport.start();
    transport.onerror?.(error);
    expect(of('transport_error')).toEqual([]);
    expect(log.at(-1)).toEqual(['onerror', error]);
    expect(faults).toEqual([]);
  });
});

describe('the stdin of a transport', () => {
  test('the end of stdin ends the connection', async () => {
    const stdin = new PassThrough();
    const { transport, of } = transporting({ _stdin: stdin });
    await transport.start();
    transport.onmessage?.(message({ id: 1, method: 'ping' }));
    stdin.resume().end();
    await expect.poll(() => of('connection_closed')).toHaveLength(1);
    expect(of('request_ended')).toMatchObject([{ cancellation: 'close' }]);
  });

  test('a property of that name that is no stream does not matter', async () => {
    const { transport, errors } = transporting({ _stdin: { once: () => fail() } });
    await transport.start();
    expect(errors).toEqual([]);
  });
});

function fail(): never {
  throw new Error('no stream');
}
