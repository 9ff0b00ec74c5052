import { briefDetails, type Operation } from './operation.ts';
import type { ProgressTrail } from './progress-trail.ts';
import { Ring } from './ring.ts';

/** An operation as its monitor writes it. */
export type OperationEntry = { -readonly [K in keyof Operation]: Operation[K] } & {
  /** By the monotonic clock. */
  startedAtMs: number;
  trail: ProgressTrail | null;
};

/** So many ended operations keep all of their details; of those before them, what takes little room is kept. */
const DETAILED_OPERATIONS = 100;

/** The operations of one session that are known: the active ones, and the last that ended. */
export class OperationBook {
  readonly #byId = new Map<string, OperationEntry>();
  readonly #active = new Map<string, OperationEntry>();
  readonly #ended: Ring<OperationEntry>;

  /** @param maxEnded - how many ended operations are kept */
  constructor(maxEnded: number) {
    this.#ended = new Ring(maxEnded);
  }

  /** By id: where one was used again, the latest. */
  get byId(): ReadonlyMap<string, Operation> {
    return this.#byId;
  }

  /** By id, oldest first. */
  get active(): ReadonlyMap<string, OperationEntry> {
    return this.#active;
  }

  /** The ended ones in the order they ended, then the active ones. */
  all(): readonly Operation[] {
    return [...this.#ended.last(this.#ended.size), ...this.#active.values()];
  }

  /** The last `count` that ended, oldest first. */
  lastEnded(count: number): readonly Operation[] {
    return this.#ended.last(count);
  }

  add(operation: OperationEntry): void {
    this.#byId.set(operation.operationId, operation);
    this.#active.set(operation.operationId, operation);
  }

  /** It has ended, with all that is to be known of it; the oldest ended one is forgotten where there are too many. */
  end(operation: OperationEntry): void {
    this.#active.delete(operation.operationId);
    const evicted = this.#ended.push(operation);
    const old = this.#ended.before(DETAILED_OPERATIONS);
    if (old) old.details = briefDetails(old.details);
    // Its id may have been used again since: then the map holds the newer operation.
    if (evicted && this.#byId.get(evicted.operationId) === evicted) this.#byId.delete(evicted.operationId);
  }
}
