import { OTHER } from '../../../monitor/other-label.ts';
import { NoAnswer, type Activity, type ExporterApi } from '../connection/exporter-api.ts';

/** The data changes once a minute. */
const REFRESH_INTERVAL_MS = 60_000;

/** The last hour of each operation, for small charts. It is loaded only while a chart is shown. */
export class Activities {
  readonly #api: ExporterApi;
  readonly #now: () => number;
  #activities: Readonly<Record<string, Activity>> = {};
  #problem: string | null = null;
  #requestedAtMs = -Infinity;
  #revision = 0;

  /** @param now - monotonic time in milliseconds */
  constructor(api: ExporterApi, now: () => number) {
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

  get all(): readonly (readonly [label: string, Activity])[] {
    return Object.entries(this.#activities);
  }

  /** Undefined for unknown tools, because they share a label. */
  of(label: string): Activity | undefined {
    return label !== OTHER && Object.hasOwn(this.#activities, label) ? this.#activities[label] : undefined;
  }

  async refresh(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < REFRESH_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    const activities = await this.#api.activity();
    this.#revision += 1;
    if (activities instanceof NoAnswer) {
      this.#problem =
        activities.status === 404
          ? 'No history: METRICS_COLLECTION_ENABLED is false.'
          : 'The exporter did not respond. Retrying in a minute.';
      return;
    }
    this.#problem = null;
    this.#activities = activities;
  }

  /** Call after a restart of the exporter, which may have other data. */
  forget(): void {
    this.#requestedAtMs = -Infinity;
    this.#activities = {};
    this.#revision += 1;
  }
}

/** The totals of an hour. */
export interface HourTotals {
  readonly count: number;
  readonly failed: number;
  /** Percentage of all operations. */
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
    failedPercent: total === 0 ? 0 : (failed / total) * 100,
    worstP95: known.length === 0 ? null : Math.max(...known),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
