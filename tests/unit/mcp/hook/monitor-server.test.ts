import { describe, expect, test } from 'vitest';

import { monitorMcpServer, type MonitorMcpServerOptions } from '../../../../src/mcp/hook/monitor-server.ts';
import type { MonitorEvent } from '../../../../src/monitor/events.ts';
import { SessionRegistry } from '../../../../src/monitor/session-registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const watch = monitorMcpServer as (target: unknown, options?: unknown) => unknown;

/** An exporter, and the events and faults of what it watches. */
function exporting({ strict = false, config = {} } = {}) {
  const faults: string[] = [];
  const events: MonitorEvent[] = [];
  const sessions = new SessionRegistry({ onFault: (_part, error) => faults.push((error as Error).message) });
  sessions.subscribe((event) => events.push(event));
  const started = () => events.flatMap((event) => (event.type === 'request_started' ? [event.request] : []));
  const details = () => events.flatMap((event) => (event.type === 'operation' ? [event.details ?? {}] : []));
  return { exporter: { sessions, strict, config }, sessions, faults, events, started, details };
}

interface TestTransport {
  start(): Promise<void>;
  send(): Promise<void>;
  onmessage?: (message: unknown) => void;
  onclose?: () => void;
  sessionId?: string;
}

const transport = (members: object = {}): TestTransport => ({
  start: async () => undefined,
  send: async () => undefined,
  ...members,
});

/** A server of either SDK: it installs its handlers, then starts the transport. */
class TestServer {
  readonly connected: TestTransport[] = [];

  async connect(given: TestTransport): Promise<void> {
    this.connected.push(given);
    given.onmessage = () => undefined;
    given.onclose = () => undefined;
    await given.start();
  }
}

const server = (members: object = {}) =>
  Object.assign(new TestServer(), { _serverInfo: { name: 'calculator' } }, members);

const call = (id: number, name = 'add') => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: { a: 1 } },
});
const prompt = (id: number, name: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'prompts/get',
  params: { name },
});

async function connected(
  target: object,
  options: Partial<MonitorMcpServerOptions> = {},
  members: object = {},
) {
  const exporting_ = exporting();
  expect(watch(target, { exporter: exporting_.exporter, ...options })).toBe(target);
  const given = transport(members);
  const inner = 'server' in target ? target.server : target;
  await (inner as TestServer).connect(given);
  return { ...exporting_, given, say: (message: object) => given.onmessage?.(message) };
}

describe('a watched server', () => {
  test('a server connects to the given transport, and its traffic is observed', async () => {
    const target = server();
    const { say, given, started, faults } = await connected(target);
    say(call(1));
    expect(target.connected).toEqual([given]);
    expect(started()).toMatchObject([
      { method: 'tools/call', connection: { serverName: 'calculator', transport: 'pipe' } },
    ]);
    expect(faults).toEqual([]);
  });

  test.each([
    [{ serverName: 'mine' }, 'mine'],
    [{}, 'calculator'],
  ])('a server is named by the options %j, or as it was created', async (options, name) => {
    const { say, started } = await connected({ server: server() }, options);
    say(call(1));
    expect(started()).toMatchObject([{ connection: { serverName: name } }]);
  });

  test.each([undefined, {}, { name: 7 }, 'calculator'])(
    'a server with the info %j has the default name',
    async (info) => {
      const { say, started } = await connected(server({ _serverInfo: info }));
      say(call(1));
      expect(started()).toMatchObject([{ connection: { serverName: 'mcp-server' } }]);
    },
  );

  test('tools and prompts are known by the registry of an McpServer, and of no prototype', async () => {
    const { say, started } = await connected({
      server: server(),
      _registeredTools: { add: {} },
      _registeredPrompts: { greet: {} },
    });
    for (const [id, name] of ['add', 'greet', 'toString'].entries()) {
      say(call(id, name));
      say(prompt(10 + id, name));
    }
    expect(started().map(({ toolName, promptName }) => toolName + promptName)).toEqual([
      'add',
      '_OTHER',
      '_OTHER',
      'greet',
      '_OTHER',
      '_OTHER',
    ]);
  });

  test('the version of its SDK goes with the version of a server', async () => {
    const versions = async (members: object) => {
      const { say, given, events } = await connected(server(members));
      say({ jsonrpc: '2.0', id: 1, method: 'initialize' });
      const result = { protocolVersion: '2025-11-25', serverInfo: { version: '1' } };
      await (given.send as (message: object) => Promise<void>)({ jsonrpc: '2.0', id: 1, result });
      return events.flatMap((event) => (event.type === 'server_seen' ? [event.sdkVersion] : []));
    };
    expect(await versions({ experimental: {} })).toEqual([expect.stringMatching(/^1\./)]);
    expect(await versions({})).toEqual([expect.stringMatching(/^2\./)]);
  });

  test('a clock, a sessionOf and captured payloads may be given', async () => {
    const clock = new FakeClock();
    const options = { clock, sessionOf: () => 'chosen', isCapturingPayloads: true };
    const { say, given, events, sessions, details } = await connected(server(), options);
    say(call(1));
    clock.advance(2000);
    given.onclose?.();
    expect(details()[0]).toMatchObject({ arguments: { a: 1 } });
    expect(sessions.list().map(({ sessionId }) => sessionId)).toEqual(['chosen']);
    expect(events.find(({ type }) => type === 'request_ended')).toMatchObject({ durationSeconds: 2 });
  });

  test.each([
    [{ isCapturingPayloads: true }, {}, true],
    [{ isCapturingPayloads: true }, { isCapturingPayloads: false }, false],
    [{}, {}, false],
  ])('payloads are captured by the setting %j and the option %j: %s', async (config, options, isCaptured) => {
    const { exporter, details } = exporting({ config });
    const target = watch(server(), { exporter, ...options }) as TestServer;
    const given = transport();
    await target.connect(given);
    given.onmessage?.(call(1));
    expect('arguments' in (details()[0] ?? {})).toBe(isCaptured);
  });
});

describe('the transport of a server', () => {
  test.each(['handleRequest', 'handlePostMessage', 'handleMessage'])(
    'a transport with %s is HTTP',
    async (method) => {
      const { say, started } = await connected(server(), {}, { [method]: () => undefined });
      say(call(1));
      expect(started()).toMatchObject([{ connection: { transport: 'tcp' } }]);
    },
  );

  test('calls over HTTP belong to the session of the transport, or else of the server', async () => {
    const http = { handleRequest: () => undefined };
    const sessionsOf = async (members: object) => {
      const { say, sessions, given } = await connected(server(), {}, members);
      say(call(1));
      given.onclose?.();
      return sessions.list().map(({ sessionId, status }) => [sessionId, status]);
    };
    expect(await sessionsOf({ ...http, sessionId: 's-1' })).toEqual([['s-1', 'closed']]);
    expect(await sessionsOf(http)).toEqual([['calculator', 'idle']]);
    expect(await sessionsOf({ sessionId: 's-1' })).toEqual([['s-1', 'closed']]);
    const [[ownSession, status] = []] = await sessionsOf({});
    expect(ownSession).not.toBe('calculator');
    expect(status).toBe('closed');
  });

  test('a transport that is watched itself is not observed again, and knows the registry of its server', async () => {
    const { exporter, started, faults } = exporting();
    const wire = transport();
    watch(wire, { exporter, serverName: 'wire' });
    const target = { server: server(), _registeredTools: { add: {} }, _registeredPrompts: { greet: {} } };
    watch(target, { exporter });
    const inner = transport({ _wire: wire });
    await target.server.connect(inner);
    await wire.start();
    inner.onmessage?.(call(1));
    expect(started()).toEqual([]);
    for (const message of [call(1), call(2, 'sub'), prompt(3, 'greet')]) wire.onmessage?.(message);
    expect(started().map(({ toolName, promptName }) => toolName + promptName)).toEqual([
      'add',
      '_OTHER',
      'greet',
    ]);
    expect(started()).toMatchObject([{ connection: { serverName: 'wire', transport: 'pipe' } }, {}, {}]);
    expect(faults).toEqual([]);
  });

  test.each([{ _wire: 'text' }, { _wire: null }, { _wire: {} }])(
    'a transport whose wire (%j) is not watched is observed',
    async (members) => {
      const { say, started, faults } = await connected(server(), {}, members);
      say(call(1));
      expect(started()).toHaveLength(1);
      expect(faults).toEqual([]);
    },
  );

  test.each([
    ['a transport whose send cannot be replaced', { writable: false, value: async () => undefined }, 'send'],
    ['a transport that cannot be read', { get: () => fail() }, '_stdin'],
  ])('%s works unobserved, and the fault is reported', async (_title, property, name) => {
    const { exporter, faults } = exporting();
    const target = server();
    watch(target, { exporter });
    const given = Object.defineProperty(transport(), name, property);
    await target.connect(given);
    expect(target.connected).toEqual([given]);
    expect(faults).toHaveLength(1);
  });

  test('a server that a watched handler creates is not observed again', async () => {
    const { exporter, started, faults } = exporting();
    const handler = {
      async fetch() {
        const target = { server: server(), _registeredTools: { add: {} } };
        watch(target, { exporter });
        const given = transport();
        await target.server.connect(given);
        given.onmessage?.(call(1));
        return new Response(null, { status: 202 });
      },
    };
    watch(handler, { exporter, serverName: 'handler' });
    const request = () =>
      new Request('http://server.test/mcp', { method: 'POST', body: JSON.stringify(call(1)) });
    for (let i = 0; i < 2; i++) await (handler.fetch as (request: Request) => unknown)(request());
    // The first call came before its server had registered the tool.
    expect(started().map(({ toolName }) => toolName)).toEqual(['_OTHER', 'add']);
    expect(started()).toMatchObject([{ connection: { serverName: 'handler', transport: 'tcp' } }, {}]);
    expect(faults).toEqual([]);
  });

  test('a transport without a name has the default name, and can be watched once', async () => {
    const { exporter, started } = exporting({ strict: true });
    const wire = transport();
    expect(watch(wire, { exporter })).toBe(wire);
    expect(() => watch(wire, { exporter })).toThrow(
      new TypeError('monitorMcpServer: this transport is already watched; call it once per transport'),
    );
    await wire.start();
    wire.onmessage?.(call(1));
    expect(started()).toMatchObject([{ connection: { serverName: 'mcp-server' } }]);
  });
});

describe('a target that cannot be watched', () => {
  const EXPECTED = 'expected an McpServer, a Server, a result of createMcpHandler, or a transport, received';
  const many = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 };

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['text', 'text'],
    [7, '7'],
    [{}, 'an object with no properties'],
    [[1], 'an object with 0'],
    [many, 'an object with a, b, c, d, e'],
    [{ server: {} }, 'an object with server'],
    [{ send: () => undefined }, 'an object with send'],
    [{ start: () => undefined }, 'an object with start'],
    [{ fetch: 'text' }, 'an object with fetch'],
    [{ connect: 1 }, 'an object with connect'],
  ])('the fault of %j says what was received', (target, received) => {
    const { exporter, faults } = exporting();
    expect(watch(target, { exporter })).toBe(target);
    expect(faults).toEqual([`monitorMcpServer: ${EXPECTED} ${received}`]);
    expect(() => watch(target, { exporter: { ...exporter, strict: true } })).toThrow(TypeError);
  });

  test('a server that is connected or watched already says so', () => {
    const { exporter } = exporting({ strict: true });
    expect(() => watch(server({ transport: {} }), { exporter })).toThrow(
      new TypeError('monitorMcpServer: expected a server that is not connected; call it before connect()'),
    );
    const target = server();
    watch(target, { exporter });
    expect(() => watch(target, { exporter })).toThrow(
      new TypeError('monitorMcpServer: this server is already watched; call it once per server'),
    );
  });

  test.each<[unknown]>([
    [undefined],
    [{ exporter: null }],
    [{ exporter: { sessions: {} } }],
    [{ exporter: { sessions: { reportError: 1 } } }],
  ])('without an exporter (%j) the target is returned unwatched', (options) => {
    const target = server();
    expect(watch(target, options)).toBe(target);
    expect(Object.keys(target)).not.toContain('connect');
  });
});

function fail(): never {
  throw new Error('no');
}
