import type { Clock } from '../monitor/clock.ts';
import type { AlertSubject } from './operation-windows.ts';

/** An alert of one operation of a server at the time it was taken for sending. */
export interface Alert {
  readonly subject: AlertSubject;
  /** The problem. For a resolved alert, the last problem. */
  readonly description: string;
  readonly startsAtMs: number;
  /** Null while it fires. */
  readonly endsAtMs: number | null;
}

interface FiringAlert {
  readonly startsAtMs: number;
  description: string;
  /** Monotonic time since which the condition has not been met; null while it is met. */
  okSinceMs: number | null;
}

/** An alert resolves after its condition was not met for this time. */
const RESOLVE_AFTER_MS = 5 * 60_000;
/** Alertmanager's default `repeat_interval`. */
const REPEAT_AFTER_MS = 4 * 3_600_000;
/** Alertmanager's default `group_interval`: minimum time between notifications about changes in a group. */
const GROUP_INTERVAL_MS = 5 * 60_000;

/**
 * The alerts of one name, which are sent together as Alertmanager sends a group: at once when the first one fires, at most
 * every five minutes after changes, and every four hours while any fires.
 *
 * An alert fires at once, and resolves only after its condition was not met for five minutes. This avoids flapping.
 */
export class AlertGroup {
  readonly #clock: Clock;
  readonly #firing = new Map<AlertSubject, FiringAlert>();
  /** Resolved alerts that have not been sent. */
  readonly #resolved = new Map<AlertSubject, Alert>();
  #hasChanges = false;
  #sendChangesAtMs = -Infinity;
  #repeatAtMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param description - the problem of `subject`; null if the condition is not met */
  update(subject: AlertSubject, description: string | null): void {
    const firing = this.#firing.get(subject);
    if (description === null) {
      if (firing) this.#resolveAfterDelay(subject, firing);
    } else if (firing) {
      firing.description = description;
      firing.okSinceMs = null;
    } else {
      this.#firing.set(subject, { startsAtMs: this.#clock.now(), description, okSinceMs: null });
      // The alert fires again, so its earlier end need not be sent.
      this.#resolved.delete(subject);
      this.#hasChanges = true;
    }
  }

  /** Returns all firing alerts, and those resolved since the last call. Empty if no notification is due. */
  take(): Alert[] {
    const nowMs = this.#clock.monotonic();
    const isChangeDue = this.#hasChanges && nowMs >= this.#sendChangesAtMs;
    if (!isChangeDue && nowMs < this.#repeatAtMs) return [];
    const firing = this.firing();
    const alerts = [...firing, ...this.#resolved.values()];
    this.#hasChanges = false;
    this.#sendChangesAtMs = firing.length > 0 ? nowMs + GROUP_INTERVAL_MS : -Infinity;
    this.#repeatAtMs = firing.length > 0 ? nowMs + REPEAT_AFTER_MS : Infinity;
    this.#resolved.clear();
    return alerts.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  /** All firing alerts. */
  firing(): Alert[] {
    return [...this.#firing].map(([subject, { description, startsAtMs }]) => ({
      subject,
      description,
      startsAtMs,
      endsAtMs: null,
    }));
  }

  /** Takes back undelivered alerts. They are sent again, in their current state, in five minutes. */
  putBack(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const isSuperseded = this.#firing.has(alert.subject) || this.#resolved.has(alert.subject);
      if (alert.endsAtMs !== null && !isSuperseded) this.#resolved.set(alert.subject, alert);
    }
    this.#repeatAtMs = Math.min(this.#repeatAtMs, this.#clock.monotonic() + GROUP_INTERVAL_MS);
  }

  #resolveAfterDelay(subject: AlertSubject, firing: FiringAlert): void {
    const nowMs = this.#clock.monotonic();
    firing.okSinceMs ??= nowMs;
    if (nowMs - firing.okSinceMs < RESOLVE_AFTER_MS) return;
    const { description, startsAtMs } = firing;
    this.#firing.delete(subject);
    // The wall clock may have been set back.
    const endsAtMs = Math.max(this.#clock.now(), startsAtMs);
    this.#resolved.set(subject, { subject, description, startsAtMs, endsAtMs });
    this.#hasChanges = true;
  }
}

function nameOf({ subject }: Alert): string {
  return `${subject.operation} ${subject.server ?? ''}`;
}
