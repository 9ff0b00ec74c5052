import { OTHER } from '../../../monitor/other-label.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import type { Usual } from './pace.ts';

/** Usual durations change slowly. */
const REFRESH_INTERVAL_MS = 60_000;
const HOURS = 24;

/** Usual durations of operations in the last day. */
export class Usuals {
  readonly #api: ExporterApi;
  readonly #now: () => number;
  #usuals = new Map<string, Usual>();
  #problem: string | null = null;
  #requestedAtMs = -Infinity;

  /** @param now - monotonic time in milliseconds */
  constructor(api: ExporterApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  /** Undefined for unknown tools, because they share a label. */
  of(label: string): Usual | undefined {
    return label === OTHER ? undefined : this.#usuals.get(label);
  }

  /** Why they are not from Prometheus; null if they are, or if it is not configured. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Loads the durations again, at most once per interval. */
  async refresh(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < REFRESH_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    const summaries = await this.#api.summaries(HOURS);
    if (summaries instanceof NoAnswer) return;
    this.#problem = summaries.fallback?.message ?? null;
    this.#usuals = new Map(
      Object.entries(summaries.operations).map(
        ([label, { count, median_duration: median, p95_duration: p95 }]) => [label, { count, median, p95 }],
      ),
    );
  }

  /** Call after a restart of the exporter, which may have other data. */
  forget(): void {
    this.#requestedAtMs = -Infinity;
  }
}
