import { NoAnswer, type Activity, type ExporterApi } from '../connection/exporter-api.ts';

/** The steps are minutes. */
const EVERY_MS = 60_000;

/** The last hour of each operation, for small pictures; asked for while somebody looks. */
export class Activities {
  readonly #api: ExporterApi;
  readonly #now: () => number;
  #activities: Readonly<Record<string, Activity>> = {};
  #problem: string | null = null;
  #askedAtMs = -Infinity;
  #revision = 0;

  /** @param now - milliseconds, of a clock that never goes back */
  constructor(api: ExporterApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Why there are none; null where there are. */
  get problem(): string | null {
    return this.#problem;
  }

  get all(): readonly (readonly [label: string, Activity])[] {
    return Object.entries(this.#activities);
  }

  of(label: string): Activity | undefined {
    return Object.hasOwn(this.#activities, label) ? this.#activities[label] : undefined;
  }

  async refresh(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#askedAtMs < EVERY_MS) return;
    this.#askedAtMs = nowMs;
    const activities = await this.#api.activity();
    this.#revision += 1;
    if (activities instanceof NoAnswer) {
      this.#problem =
        activities.status === 404
          ? 'This exporter collects no metrics (METRICS_COLLECTION_ENABLED=false), so that there is no history.'
          : 'The exporter did not answer; this page asks again in a minute.';
      return;
    }
    this.#problem = null;
    this.#activities = activities;
  }

  /** Another run of the exporter has another hour. */
  forget(): void {
    this.#askedAtMs = -Infinity;
    this.#activities = {};
    this.#revision += 1;
  }
}

/** What an hour comes to. */
export interface HourTotals {
  readonly count: number;
  readonly failed: number;
  /** Of all, in percent. */
  readonly failedPercent: number;
  /** The highest of the minutes, in seconds; null where nothing ended. */
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
