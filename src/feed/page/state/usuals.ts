import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import type { Usual } from './pace.ts';

/** What is usual changes slowly. */
const EVERY_MS = 60_000;
const HOURS = 24;

/** How long operations usually take, by what the last day has seen. */
export class Usuals {
  readonly #api: ExporterApi;
  readonly #now: () => number;
  #usuals = new Map<string, Usual>();
  #askedAtMs = -Infinity;

  /** @param now - milliseconds, of a clock that never goes back */
  constructor(api: ExporterApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  of(label: string): Usual | undefined {
    return this.#usuals.get(label);
  }

  /** Asks again where that is due. */
  async refresh(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#askedAtMs < EVERY_MS) return;
    this.#askedAtMs = nowMs;
    const summaries = await this.#api.summaries(HOURS);
    if (summaries instanceof NoAnswer) return;
    this.#usuals = new Map(
      Object.entries(summaries).map(([label, { count, median_duration: median, p95_duration: p95 }]) => [
        label,
        { count, median, p95 },
      ]),
    );
  }

  /** Another run of the exporter may know other things. */
  forget(): void {
    this.#askedAtMs = -Infinity;
  }
}
