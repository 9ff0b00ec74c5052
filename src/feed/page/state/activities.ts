import { OTHER } from '../../../monitor/other-label.ts';
import { FROM_MEMORY } from './history-note.ts';
import type { Live } from './live.ts';
import type { ActivityBody } from '../../../api/answers.ts';
import { percentOf } from '../../../monitor/outcome-counts.ts';
import { NoAnswer, type Activity, type ExporterApi } from '../connection/exporter-api.ts';

/** The data changes once a minute. */
const REFRESH_INTERVAL_MS = 60_000;

/** The last hour of one operation of one server. */
export interface ActivityRow {
  readonly label: string;
  /** Null if the operation belongs to no server, or to servers that are unknown. */
  readonly serverName: string | null;
  readonly activity: Activity;
}

/** The last hour of each operation, for small charts. It is loaded only while a chart is shown. */
export class Activities {
  readonly #live: Pick<Live, 'bootId'>;
  readonly #api: ExporterApi;
  readonly #now: () => number;
  /** The run of the exporter that the rows are from. */
  #bootId: string | null = null;
  #rows: readonly ActivityRow[] = [];
  #problem: string | null = null;
  #note: string | null = null;
  #requestedAtMs = -Infinity;
  #revision = 0;

  /** @param now - monotonic time in milliseconds */
  constructor(live: Pick<Live, 'bootId'>, api: ExporterApi, now: () => number) {
    this.#live = live;
    this.#api = api;
    this.#now = now;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The error to show; null if there is none. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Why the data is not from Prometheus; null if it is, or if it is not configured. */
  get note(): string | null {
    return this.#note;
  }

  get all(): readonly ActivityRow[] {
    return this.#rows;
  }

  /** Undefined for unknown tools, because they share a label. */
  of(label: string, serverName: string | null): Activity | undefined {
    if (label === OTHER) return undefined;
    const rows = this.#rows.filter((row) => row.label === label);
    const pooled = rows.length === 1 ? rows.find((row) => row.serverName === null) : undefined;
    return (rows.find((row) => row.serverName === serverName) ?? pooled)?.activity;
  }

  async refresh(): Promise<void> {
    // After a restart, the exporter may have other data.
    if (this.#bootId !== this.#live.bootId) this.#forget();
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < REFRESH_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    const activities = await this.#api.activity();
    this.#revision += 1;
    if (activities instanceof NoAnswer) {
      this.#problem =
        activities.status === 404
          ? `No history: ${activities.message ?? 'metrics are not collected'}.`
          : 'The exporter did not respond. Retrying in a minute.';
      return;
    }
    this.#problem = null;
    this.#note = activities.fallback
      ? `These numbers are ${FROM_MEMORY}. ${activities.fallback.message}.`
      : null;
    this.#rows = rowsOf(activities);
  }

  #forget(): void {
    this.#bootId = this.#live.bootId;
    this.#requestedAtMs = -Infinity;
    this.#rows = [];
    this.#revision += 1;
  }
}

/** One row for each operation of each server. */
function rowsOf({ source, operations, by_server: byServer }: ActivityBody): ActivityRow[] {
  return Object.entries(operations).flatMap(([label, activity]): ActivityRow[] => {
    const split = byServer.filter(({ operation }) => operation === label);
    const known = split.reduce((total, each) => total + sum(each.count), 0);
    // Some of them were recorded without a server.
    if (source === 'local' && known < sum(activity.count)) return [{ label, serverName: null, activity }];
    if (split.length > 1)
      return split.map((each) => ({ label, serverName: each.server_name, activity: each }));
    return [{ label, serverName: split[0]?.server_name ?? null, activity }];
  });
}

/** Failures in the last minutes mean that an operation fails now. */
const RECENT_MINUTES = 5;

/** The totals of an hour. */
export interface HourTotals {
  readonly count: number;
  readonly failed: number;
  /** Failures of the last five minutes. */
  readonly failedNow: number;
  /** Percentage of rated operations. */
  readonly failedPercent: number;
  /** The highest value of all minutes, in seconds; null if no operation ended. */
  readonly worstP95: number | null;
}

export function totalsOf({ count, failure_count: failures, p95_duration: p95 }: Activity): HourTotals {
  const total = sum(count);
  const failed = sum(failures);
  const known = p95.filter((value) => value !== null);
  return {
    count: total,
    failed,
    failedNow: sum(failures.slice(-RECENT_MINUTES)),
    failedPercent: percentOf(failed, total) ?? 0,
    worstP95: known.length === 0 ? null : Math.max(...known),
  };
}

/** Those that fail now first, then those with most failures, then the busiest. */
export function byTrouble({ activity: a }: ActivityRow, { activity: b }: ActivityRow): number {
  const [ofA, ofB] = [totalsOf(a), totalsOf(b)];
  return ofB.failedNow - ofA.failedNow || ofB.failed - ofA.failed || ofB.count - ofA.count;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
