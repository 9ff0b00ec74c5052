import type { Clock } from '../monitor/clock.ts';

/** An alert of one operation, as it was when it was taken to be told. */
export interface Alert {
  readonly operation: string;
  /** What is wrong; of a resolved one, what was wrong last. */
  readonly description: string;
  readonly startsAtMs: number;
  /** Null while it fires. */
  readonly endsAtMs: number | null;
}

interface FiringAlert {
  readonly startsAtMs: number;
  description: string;
  /** Since when nothing has been wrong, by the monotonic clock; null while something is. */
  calmSinceMs: number | null;
}

/** Without a relapse. */
const RESOLVE_AFTER_MS = 5 * 60_000;
/** Alertmanager's default `repeat_interval`. */
const REPEAT_AFTER_MS = 4 * 3_600_000;
/** Alertmanager's default `group_interval`: what is new about alerts that were told, or did not arrive, is told then. */
const GROUP_INTERVAL_MS = 5 * 60_000;

/**
 * The alerts of one name, which are told together, as Alertmanager tells a group: at once when the first begins to fire,
 * every five minutes where there is something new, and every four hours while any fires.
 *
 * An alert fires at once, and resolves only after five minutes without a relapse: an operation that is well and ill
 * by turns has one alert.
 */
export class AlertGroup {
  readonly #clock: Clock;
  readonly #firing = new Map<string, FiringAlert>();
  /** Resolved, and not told yet. */
  readonly #resolved = new Map<string, Alert>();
  #hasNews = false;
  #tellNewsAtMs = -Infinity;
  #tellAgainAtMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param description - what is wrong with `operation` now; null where nothing is */
  update(operation: string, description: string | null): void {
    const firing = this.#firing.get(operation);
    if (description === null) {
      if (firing) this.#calm(operation, firing);
    } else if (firing) {
      firing.description = description;
      firing.calmSinceMs = null;
    } else {
      this.#firing.set(operation, { startsAtMs: this.#clock.now(), description, calmSinceMs: null });
      // It fires again: that it once resolved is no news any more.
      this.#resolved.delete(operation);
      this.#hasNews = true;
    }
  }

  /** All alerts that fire, and those that have resolved since the last time; none while there is nothing to tell. */
  take(): Alert[] {
    const nowMs = this.#clock.monotonic();
    const isNewsDue = this.#hasNews && nowMs >= this.#tellNewsAtMs;
    if (!isNewsDue && nowMs < this.#tellAgainAtMs) return [];
    const firing = [...this.#firing].map(([operation, { description, startsAtMs }]): Alert => ({
      operation,
      description,
      startsAtMs,
      endsAtMs: null,
    }));
    const alerts = [...firing, ...this.#resolved.values()];
    this.#hasNews = false;
    this.#tellNewsAtMs = firing.length > 0 ? nowMs + GROUP_INTERVAL_MS : -Infinity;
    this.#tellAgainAtMs = firing.length > 0 ? nowMs + REPEAT_AFTER_MS : Infinity;
    this.#resolved.clear();
    return alerts.toSorted((a, b) => (a.operation < b.operation ? -1 : 1));
  }

  /** Takes back what did not arrive: it is told again in five minutes, as it is then. */
  putBack(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const isSuperseded = this.#firing.has(alert.operation) || this.#resolved.has(alert.operation);
      if (alert.endsAtMs !== null && !isSuperseded) this.#resolved.set(alert.operation, alert);
    }
    this.#tellAgainAtMs = Math.min(this.#tellAgainAtMs, this.#clock.monotonic() + GROUP_INTERVAL_MS);
  }

  #calm(operation: string, firing: FiringAlert): void {
    const nowMs = this.#clock.monotonic();
    firing.calmSinceMs ??= nowMs;
    if (nowMs - firing.calmSinceMs < RESOLVE_AFTER_MS) return;
    const { description, startsAtMs } = firing;
    this.#firing.delete(operation);
    // The wall clock may have been put back.
    const endsAtMs = Math.max(this.#clock.now(), startsAtMs);
    this.#resolved.set(operation, { operation, description, startsAtMs, endsAtMs });
    this.#hasNews = true;
  }
}
