import type { MonitorEvent } from '../../../src/monitor/events.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { HubIntake } from '../../../src/relay/hub-intake.ts';
import { samplesOf, total as totalOf } from '../../support/exposition.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A hub with a fixed clock that expires leases only on request. */
export function createStandingHub(options: { maxSessions?: number; clock?: FakeClock } = {}) {
  const { clock = new FakeClock(), ...rest } = options;
  const sessions = new SessionRegistry({ clock, ...rest });
  const collector = new MetricsCollector({ clock });
  sessions.subscribe(collector.onEvent);
  const seen: MonitorEvent[] = [];
  sessions.subscribe((event) => seen.push(event));
  const intake = new HubIntake({
    sessions,
    clock,
    onReporters: (count) => collector.exporter.reporters(count),
    onEvents: (result, count) => collector.exporter.reportedEvents(result, count),
  });
  intake.close();
  const samples = async () => samplesOf((await collector.expose()).body);
  return {
    clock,
    sessions,
    collector,
    intake,
    /** All events that the hub published. */
    seen,
    report: (events: readonly object[], more: object = {}) =>
      intake.accept({ reporter_id: 'r', events, ...more }),
    samples,
    total: async (name: string, labels: Record<string, string> = {}) =>
      totalOf(await samples(), name, labels),
    results: async () =>
      Object.fromEntries(
        (await samples())
          .filter(({ name }) => name === 'mcp_exporter_reported_events_total')
          .map(({ labels, value }) => [labels['result'], value]),
      ),
  };
}
