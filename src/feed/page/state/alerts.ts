import type { StatusBody } from '../../../api/answers.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';

const REFRESH_INTERVAL_MS = 15_000;

/** The alerts that fire. */
export class Alerts {
  readonly #api: ExporterApi;
  readonly #now: () => number;
  #known: StatusBody['alerts'] | null = null;
  #requestedAtMs = -Infinity;

  /** @param now - monotonic time in milliseconds */
  constructor(api: ExporterApi, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  /** Null until they are loaded. */
  get known(): StatusBody['alerts'] | null {
    return this.#known;
  }

  async refresh(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#requestedAtMs < REFRESH_INTERVAL_MS) return;
    this.#requestedAtMs = nowMs;
    const status = await this.#api.status();
    this.#known = status instanceof NoAnswer ? null : status.alerts;
  }
}
