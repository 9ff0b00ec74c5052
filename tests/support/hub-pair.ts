import { HubIntake } from '../../src/relay/hub-intake.ts';
import type { ServerPair } from '../../src/relay/shared-conversations.ts';
import { HubReporter } from '../../src/relay/hub-reporter.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import type { Clock } from '../../src/monitor/clock.ts';
import { systemClock } from '../../src/monitor/clock.ts';
import { SessionRegistry } from '../../src/monitor/session-registry.ts';
import { samplesOf, total } from './exposition.ts';

/** A hub without a socket, with its metrics and sessions. */
export function createHub(clock: Clock = systemClock, onPair?: (pair: ServerPair) => void) {
  const sessions = new SessionRegistry({
    clock,
    onFault: (_part, error) => {
      throw error;
    },
  });
  const collector = new MetricsCollector({ clock, serverOf: (id) => sessions.serverNameOf(id) });
  sessions.subscribe(collector.onEvent);
  const intake = new HubIntake({
    sessions,
    clock,
    onReporters: (count) => collector.exporter.reporters(count),
    onEvents: (result, count) => collector.exporter.reportedEvents(result, count),
    ...(onPair && { onPair }),
  });
  return {
    sessions,
    intake,
    close: () => {
      intake.close();
      sessions.stop();
    },
    total: async (name: string, labels: Record<string, string> = {}) =>
      total(samplesOf((await collector.expose()).body), name, labels),
  };
}

/** The state of the connection to the hub: it answers, its answer is lost, it is unreachable, or it answers otherwise. */
export type Way = 'there' | 'answer_lost' | 'away' | Response;

/** A reporter that reaches its hub by `way`. The hub may change between reports. */
export function createReporter(
  hub: () => ReturnType<typeof createHub>,
  way: () => Way,
  maxQueuedEvents?: number,
) {
  const sessions = new SessionRegistry();
  const bodies: string[] = [];
  const post = async (_url: unknown, { body }: { body: string }) => {
    bodies.push(body);
    const now = way();
    if (now instanceof Response) return now;
    if (now === 'away') throw new TypeError('fetch failed');
    const answer = hub().intake.accept(JSON.parse(body));
    if (now === 'answer_lost') throw new TypeError('fetch failed');
    return Response.json(answer);
  };
  const reporter = new HubReporter({
    sessions,
    config: { hubUrl: 'http://hub.test', hubKey: undefined, variablePrefix: '' },
    logger: createLogger('silent'),
    fetch: post,
    ...(maxQueuedEvents === undefined ? undefined : { maxQueuedEvents }),
  });
  return { sessions, reporter, bodies };
}
