import { Live } from '../../../../../src/feed/page/state/live.ts';
import type { FeedOperationEvent } from '../../../../../src/feed/feed-protocol.ts';
import type { WireOperation } from '../../../../../src/wire-format/wire-format.ts';
import { FakeExporter } from '../fake-exporter.ts';
import { helloOf, START_MS } from '../feed-messages.ts';

/** The state of a page, with an exporter, a clock and timers that the test controls. */
export function createLive() {
  const exporter = new FakeExporter();
  let nowMs = START_MS;
  /** The page's monotonic time, which has nothing to do with the exporter's. */
  const pageNow = (): number => nowMs - START_MS + 1234;
  let changes = 0;
  let restarts = 0;
  let timers: { readonly callback: () => void; readonly delayMs: number }[] = [];
  const live = new Live({
    api: exporter.api,
    now: pageNow,
    schedule: (callback, delayMs) => void timers.push({ callback, delayMs }),
    onChange: () => (changes += 1),
    onRestart: () => (restarts += 1),
  });
  const hear = (...events: FeedOperationEvent[]): void =>
    live.receive({ type: 'operations', seq: events.at(-1)?.seq ?? 0, events });
  return {
    live,
    exporter,
    hear,
    changes: () => changes,
    restarts: () => restarts,
    waits: () => timers.map(({ delayMs }) => delayMs),
    /** Advances the time, and runs the timers that are due. */
    elapse: (seconds: number) => {
      nowMs += seconds * 1000;
      const due = timers;
      timers = [];
      for (const { callback } of due) callback();
    },
    connect: (bootId = 'boot-1', given: Parameters<typeof helloOf>[2] = {}) => {
      live.receive(helloOf(bootId, 0, { server_time: new Date(nowMs).toISOString(), ...given }));
      live.connectionChanged({ kind: 'connected' });
      live.receive({ type: 'session_list', sessions: [] });
    },
    disconnect: () => live.connectionChanged({ kind: 'waiting', delayMs: 500, problem: null }),
    gap: (reason: 'too_old' | 'slow_client') =>
      live.receive({ type: 'gap', from_seq: 11, to_seq: 30, reason }),
  };
}

/** A page that is connected and has the snapshot. */
export async function createLoadedLive(
  there: { active?: WireOperation[]; ended?: WireOperation[]; ended_total?: number; seq?: number } = {},
) {
  const page = createLive();
  page.connect();
  await page.exporter.answerSnapshot(['boot-1', there.seq ?? 10], there);
  return page;
}
