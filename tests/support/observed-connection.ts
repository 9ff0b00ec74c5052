import { TrafficObserver, type TrafficObserverOptions } from '../../src/mcp/protocol/traffic-observer.ts';
import { WatchedServer } from '../../src/mcp/protocol/watched-server.ts';
import type { MonitorEvent } from '../../src/monitor/events.ts';
import { SessionRegistry, type SessionRegistryOptions } from '../../src/monitor/session-registry.ts';
import { DEFAULT_CONFIG } from '../../src/settings/config.ts';
import { FakeClock } from './fake-clock.ts';
import { messageOf } from './json-rpc.ts';

type EventOf<Type> = Extract<MonitorEvent, { type: Type }>;

/** One connection whose messages a test writes, and the events that they become. */
export function observedConnection(
  options: Partial<TrafficObserverOptions> = {},
  registry: SessionRegistryOptions = {},
) {
  const clock = new FakeClock();
  const faults: unknown[] = [];
  const events: MonitorEvent[] = [];
  const sessions = new SessionRegistry({
    clock,
    onFault: (_part, error) => faults.push(error),
    ...registry,
  });
  sessions.subscribe((event) => events.push(event));
  const observer = new TrafficObserver({
    sessions,
    clock,
    server: new WatchedServer({ name: 'demo', sdkVersion: '1.2.3' }),
    transport: 'pipe',
    config: DEFAULT_CONFIG,
    mcpSessionId: () => undefined,
    ...options,
  });
  return {
    observer,
    clock,
    sessions,
    events,
    faults,
    client: (message: object) => observer.clientMessage(messageOf(message)),
    server: (message: object) => observer.serverMessage(messageOf(message)),
    of: <Type extends MonitorEvent['type']>(type: Type) =>
      events.filter((event): event is EventOf<Type> => event.type === type),
  };
}

/** The message that calls a tool. */
export function toolCall(id: string | number, name = 'add', meta: object = {}) {
  return { id, method: 'tools/call', params: { name, arguments: {}, _meta: meta } };
}
