import type { RequestEnd } from '../../src/mcp/protocol/request-end.ts';
import { TrafficObserver } from '../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../src/mcp/protocol/watched-server.ts';
import { systemClock } from '../../src/monitor/clock.ts';
import type { SessionRegistry } from '../../src/monitor/session-registry.ts';
import type { NetworkTransport, Observer } from '../../src/monitor/traffic-events.ts';
import { DEFAULT_CONFIG } from '../../src/settings/config.ts';
import { createReporter, type createHub, type Way } from './hub-pair.ts';
import { messageOf } from './json-rpc.ts';

interface ObservedSession {
  readonly observer: Observer;
  readonly name: string;
  readonly sessionId: string;
  /** @defaultValue HTTP */
  readonly transport?: NetworkTransport;
  /** Whether it knows the session's id from the beginning. @defaultValue only a server does */
  readonly isKnown?: boolean;
}

/** One observer of an MCP session over HTTP. A proxy knows the session's id after the first response. */
export function observe(sessions: SessionRegistry, given: ObservedSession) {
  const { observer: kind, name, sessionId, transport = 'tcp' } = given;
  const { isKnown = kind === 'server' } = given;
  let knownId = isKnown ? sessionId : undefined;
  const observer = new TrafficObserver({
    sessions,
    config: DEFAULT_CONFIG,
    clock: systemClock,
    observer: kind,
    server: new WatchedServer({ name, hasTool: () => true }),
    transport,
    mcpSessionId: () => knownId,
    isSessionless: () => knownId === undefined,
  });
  const client = (message: object) => observer.clientMessage(messageOf(message));
  const server = (message: object) => observer.serverMessage(messageOf(message));
  return {
    sessions,
    beginOpening: () =>
      client({ id: 0, method: 'initialize', params: { clientInfo: { name: 'a client', version: '1' } } }),
    finishOpening() {
      knownId = sessionId;
      server({ id: 0, result: { protocolVersion: '2025-11-25', serverInfo: { name, version: '1' } } });
      client({ method: 'notifications/initialized' });
    },
    call: (id: number | string, tool = 'add') =>
      client({ id, method: 'tools/call', params: { name: tool, _meta: { progressToken: id } } })?.operation,
    answer: (id: number | string, result: object = {}) => server({ id, result }),
    cancel: (id: number) => client({ method: 'notifications/cancelled', params: { requestId: id } }),
    strayOutput: () => observer.transportError('stray_stdout'),
    /** Ends the session, and the reporter continues. */
    endSession: (end?: RequestEnd) => observer.close(end),
  };
}

/** The same in another process, with its reporter. */
export function watch({
  hub,
  ...given
}: ObservedSession & { readonly hub: () => ReturnType<typeof createHub> }) {
  const state: { way: Way } = { way: 'there' };
  const { sessions, reporter, bodies } = createReporter(hub, () => state.way);
  return { ...observe(sessions, given), bodies, state, close: () => reporter.close() };
}

type Observed = Pick<
  ReturnType<typeof observe>,
  'beginOpening' | 'finishOpening' | 'call' | 'answer' | 'cancel'
>;
export type Watcher = ReturnType<typeof watch>;

/** Passes a whole conversation to some observers: a success, a failure and a cancelled call. */
export function converse(watchers: readonly Observed[]): void {
  for (const watcher of watchers) {
    watcher.beginOpening();
    watcher.finishOpening();
    watcher.call(1);
    watcher.answer(1);
    watcher.call(2, 'fail');
    watcher.answer(2, { isError: true, content: [{ type: 'text', text: 'no' }] });
    watcher.call(3, 'hang');
    watcher.cancel(3);
  }
}
