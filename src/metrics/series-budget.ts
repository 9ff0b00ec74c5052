/** Share of the limit that is kept for servers with few series, so that one with many tools cannot take everything. */
const RESERVED = 0.2;
/** Share of the limit that each server may have, also from the reserve. */
const GUARANTEED = 0.01;

/** Shares of the unreserved series. Later purposes may use what earlier ones leave. */
const SHARES = {
  /** Counters of names that are not in use yet. */
  unusedCounters: 0.25,
  /** Duration histograms. They have most series and the least important numbers. */
  histograms: 0.7,
  /** Counters of names in the order of their first use. */
  counters: 0.9,
  /** Counters of names that came later and are used more than others. */
  busyCounters: 1,
} as const;

export type SeriesPurpose = keyof typeof SHARES;

/**
 * Divides METRICS_MAX_SERIES among the servers. It bounds the series of tools, prompts and operations, which have names
 * from outside. All series count, but those of a whole server are never refused: their labels have few values.
 */
export class SeriesBudget {
  readonly #max: number;
  readonly #ofServers = new Map<string, number>();
  #used = 0;

  /** @param max - METRICS_MAX_SERIES */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts new series. */
  take(server: string, series: number): void {
    this.#used += series;
    this.#ofServers.set(server, this.#usedBy(server) + series);
  }

  /** Whether there is room for another name or histogram of a server. */
  hasRoom(server: string, purpose: SeriesPurpose): boolean {
    if (this.#usedBy(server) < this.#max * GUARANTEED) return this.#used < this.#max;
    return this.#used < this.#max * (1 - RESERVED) * SHARES[purpose];
  }

  #usedBy(server: string): number {
    return this.#ofServers.get(server) ?? 0;
  }
}
