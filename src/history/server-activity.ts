import type { ServerOperationActivity } from '../api/history-answers.ts';
import type { Clock } from '../monitor/clock.ts';
import type { MonitorEvent } from '../monitor/events.ts';
import { LabelLimiter, MAX_OPERATION_NAMES } from '../monitor/label-limiter.ts';
import { activityAnswer, firstMinuteMs, MINUTE_MS, MOST_MINUTES } from './activity-columns.ts';
import { RecentMinutes } from './recent-minutes.ts';
import { SteadyTime } from './steady-time.ts';

/** Pairs of a server and an operation that are kept apart. They take less than 8 MB. */
const MAX_PAIRS = 500;

interface Pair {
  readonly serverName: string | null;
  readonly operation: string;
}

/**
 * The last hour of each operation of each server, because servers may have tools of the same name. It comes from this
 * process: the history in Prometheus sums over servers.
 */
export class ServerActivity {
  readonly #time: SteadyTime;
  readonly #serverOf: (sessionId: string) => string | null;
  // The local history admits the same names.
  readonly #names = new LabelLimiter(MAX_OPERATION_NAMES, () => undefined);
  readonly #minutes = new RecentMinutes();
  readonly #pairs = new Map<string, Pair>();
  /** Operations with a server beyond the limit, and the last time that it was left out. */
  readonly #incomplete = new Map<string, number>();

  constructor(clock: Clock, serverOf: (sessionId: string) => string | null) {
    this.#time = new SteadyTime(clock, (byMs) => this.#minutes.shift(Math.round(byMs / MINUTE_MS)));
    this.#serverOf = serverOf;
  }

  /** Records an event of a registry. */
  readonly onEvent = (event: MonitorEvent): void => {
    if (event.type !== 'operation' || event.kind === 'progressed') return;
    const operation = this.#names.limit(event.operationName);
    if (event.kind === 'started') return;
    const pair = { serverName: this.#serverOf(event.sessionId), operation };
    const nowMs = this.#time.now();
    const key = keyOf(pair);
    if (this.#admits(key, nowMs)) {
      this.#pairs.set(key, pair);
      this.#minutes.record(nowMs, key, event.duration ?? 0, event.kind);
    } else this.#incomplete.set(operation, nowMs);
  };

  /**
   * The activity of the last `minutes` UTC minutes. Operations with too many servers are left out.
   *
   * @param operation - an operation name; all operations if omitted
   */
  recent(minutes: number, operation?: string): ServerOperationActivity[] {
    const nowMs = this.#time.now();
    const rows = this.#minutes.last(minutes, nowMs);
    const { operations } = activityAnswer('local', firstMinuteMs(nowMs, minutes), rows);
    return Object.entries(operations).flatMap(([key, activity]) => {
      const pair = this.#pairs.get(key);
      const isShown = pair && !this.#isIncomplete(pair.operation, nowMs);
      return isShown && pair.operation === (operation ?? pair.operation) ? [{ ...pair, ...activity }] : [];
    });
  }

  #isIncomplete(operation: string, nowMs: number): boolean {
    const sinceMs = this.#incomplete.get(operation) ?? -Infinity;
    return nowMs - sinceMs < MOST_MINUTES * MINUTE_MS;
  }

  #admits(key: string, nowMs: number): boolean {
    if (this.#pairs.has(key) || this.#pairs.size < MAX_PAIRS) return true;
    const recent = new Set(this.#minutes.last(MOST_MINUTES, nowMs).flatMap((row) => [...row.keys()]));
    for (const known of this.#pairs.keys()) if (!recent.has(known)) this.#pairs.delete(known);
    return this.#pairs.size < MAX_PAIRS;
  }
}

function keyOf({ serverName, operation }: Pair): string {
  return JSON.stringify([serverName, operation]);
}
