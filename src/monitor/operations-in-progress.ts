import type { Clock } from './clock.ts';
import type { OperationEvent } from './events.ts';
import { operationKey } from './operation.ts';

/** Operations that may hang. */
export interface Stall {
  readonly count: number;
  /** Time since the last sign of life of the one that has been silent for the longest time. */
  readonly silentSeconds: number;
}

interface Active<Labels> {
  readonly labels: Labels;
  /** It has started earlier, so that parents never form a circle, whatever ids a program reports. Null after the end. */
  parent: Active<Labels> | null;
  /** Monotonic time. */
  readonly startedAtMs: number;
  /** Monotonic time of the start, or of the last progress of the operation or a child. */
  lastSignMs: number;
}

/**
 * An operation stalls after this many times SLOW_OPERATION_THRESHOLD without a sign of life. With the default threshold of
 * 5 s that is 30 s, half of the time after which clients of the MCP SDKs give up. So the alert comes while the call hangs.
 */
export const STALL_FACTOR = 6;
/** An operation is not stalled before it has taken this many times as long as usual. */
const USUAL_FACTOR = 2;
/** The usual duration is the longest of the last successes. After an outlier it returns to normal within some 20 of them. */
const DECAY = 0.9;
/** More stages than any program has, so that one event costs little, whatever a program reports. */
const MAX_DEPTH = 20;

/** The operations in progress, by start. `Labels` are interned: equal labels are one object. */
export class OperationsInProgress<Labels extends object> {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #active = new Map<string, Active<Labels>>();
  readonly #usualMs = new Map<Labels, number>();

  constructor(clock: Clock, { slowOperationSeconds }: { readonly slowOperationSeconds: number }) {
    this.#clock = clock;
    this.#stallMs = STALL_FACTOR * slowOperationSeconds * 1000;
  }

  /** @returns the labels of an operation with the same id that was in progress, and whose end will not be seen */
  start(event: OperationEvent, labels: Labels): Labels | undefined {
    const { sessionId, operationId, parentId } = event;
    const nowMs = this.#clock.monotonic();
    // Another process may have reported the start with a delay.
    const startedAtMs = nowMs - Math.max(this.#clock.now() - event.timestampMs, 0);
    const parent = (parentId !== null && this.#active.get(operationKey(sessionId, parentId))) || null;
    const replaced = this.#delete(operationKey(sessionId, operationId));
    this.#active.set(operationKey(sessionId, operationId), {
      labels,
      parent,
      startedAtMs,
      lastSignMs: startedAtMs,
    });
    this.#touch(parent, nowMs);
    return replaced?.labels;
  }

  /** Call when an operation has reported progress. */
  progress({ sessionId, operationId }: OperationEvent): void {
    this.#touch(this.#active.get(operationKey(sessionId, operationId)) ?? null, this.#clock.monotonic());
  }

  /** @returns its labels; undefined if its start is unknown */
  end(event: OperationEvent): Labels | undefined {
    const active = this.#active.get(operationKey(event.sessionId, event.operationId));
    if (!active) return undefined;
    this.#touch(active, this.#clock.monotonic());
    this.#delete(operationKey(event.sessionId, event.operationId));
    if (event.kind === 'completed') this.#learn(active.labels, (event.duration ?? 0) * 1000);
    return active.labels;
  }

  /** The age of the oldest operation by labels, in seconds. */
  oldest(): ReadonlyMap<Labels, number> {
    const nowMs = this.#clock.monotonic();
    const ages = new Map<Labels, number>();
    // In the order of starts, so the first with its labels is the oldest.
    for (const { labels, startedAtMs } of this.#active.values()) {
      if (!ages.has(labels)) ages.set(labels, (nowMs - startedAtMs) / 1000);
    }
    return ages;
  }

  /** The operations without a sign of life for too long. */
  stalled(): ReadonlyMap<Labels, Stall> {
    const nowMs = this.#clock.monotonic();
    const stalls = new Map<Labels, Stall>();
    for (const { labels, lastSignMs } of this.#active.values()) {
      const silentMs = nowMs - lastSignMs;
      if (silentMs <= Math.max(this.#stallMs, USUAL_FACTOR * (this.#usualMs.get(labels) ?? 0))) continue;
      const { count = 0, silentSeconds = 0 } = stalls.get(labels) ?? {};
      stalls.set(labels, { count: count + 1, silentSeconds: Math.max(silentSeconds, silentMs / 1000) });
    }
    return stalls;
  }

  #delete(key: string): Active<Labels> | undefined {
    const active = this.#active.get(key);
    // A child that still runs must not keep all earlier operations in memory.
    if (active) active.parent = null;
    this.#active.delete(key);
    return active;
  }

  /** A child's sign of life is also one of its parents. */
  #touch(active: Active<Labels> | null, nowMs: number): void {
    let next = active;
    for (let depth = 0; next && depth < MAX_DEPTH; depth++) {
      next.lastSignMs = nowMs;
      next = next.parent;
    }
  }

  #learn(labels: Labels, durationMs: number): void {
    this.#usualMs.set(labels, Math.max(durationMs, (this.#usualMs.get(labels) ?? 0) * DECAY));
  }
}
