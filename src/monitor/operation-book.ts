import type { DetailedBook, DetailsBudget } from './details-budget.ts';
import { mergeDetails, NO_DETAILS, sizeOfDetails, type KeptDetails } from './kept-details.ts';
import { briefDetails, type Operation } from './operation.ts';
import type { OperationEntry } from './operation-entry.ts';
import { ProgressTrail } from './progress-trail.ts';
import { DETAILED_OPERATIONS } from './retention.ts';
import { Ring } from './ring.ts';

/** Approximate size of a progress trail, in characters. */
const TRAIL_SIZE = 2500;

/** The active operations of one session, and the last ended ones. */
export class OperationBook implements DetailedBook {
  readonly #byId = new Map<string, OperationEntry>();
  readonly #active = new Map<string, OperationEntry>();
  readonly #ended: Ring<OperationEntry>;
  readonly #budget: DetailsBudget;
  /** Operations with details, oldest first. Includes operations whose details were dropped since. */
  #detailed: OperationEntry[] = [];
  #nextDetailed = 0;
  #detailsSize = 0;

  /** @param maxEnded - how many ended operations are kept */
  constructor(maxEnded: number, budget: DetailsBudget) {
    this.#ended = new Ring(maxEnded);
    this.#budget = budget;
    budget.add(this);
  }

  /** By id. If an id was reused, its latest operation. */
  get byId(): ReadonlyMap<string, Operation> {
    return this.#byId;
  }

  /** By id, oldest first. */
  get active(): ReadonlyMap<string, OperationEntry> {
    return this.#active;
  }

  get detailsSize(): number {
    return this.#detailsSize;
  }

  /** The ended operations in the order of their ends, then the active ones. */
  all(): readonly Operation[] {
    return [...this.#ended.last(this.#ended.size), ...this.#active.values()];
  }

  /** The last `count` ended operations, oldest first. */
  lastEnded(count: number): readonly Operation[] {
    return this.#ended.last(count);
  }

  get endedCount(): number {
    return this.#ended.size;
  }

  add(operation: OperationEntry): void {
    this.#byId.set(operation.operationId, operation);
    this.#active.set(operation.operationId, operation);
  }

  addDetails(operation: OperationEntry, added: KeptDetails): void {
    if (added.size === 0) return;
    const size = operation.detailsSize - sizeOfTrail(operation);
    const merged = mergeDetails({ details: operation.details, size }, added);
    this.#setDetails(operation, merged);
  }

  addProgress(operation: OperationEntry, seconds: number, progress: number): void {
    if (!operation.trail) {
      operation.trail = new ProgressTrail();
      this.#resize(operation, operation.detailsSize + TRAIL_SIZE);
    }
    operation.trail?.add(seconds, progress);
  }

  /** Moves an operation, with its final details, to the ended ones. The oldest ended one is evicted if they are full. */
  end(operation: OperationEntry): void {
    this.#active.delete(operation.operationId);
    const evicted = this.#ended.push(operation);
    const old = this.#ended.at(-1 - DETAILED_OPERATIONS);
    if (old) this.#shorten(old);
    if (!evicted) return;
    // If the id was reused, the map holds the newer operation.
    if (this.#byId.get(evicted.operationId) === evicted) this.#byId.delete(evicted.operationId);
    this.#resize(evicted, 0);
  }

  dropOldestDetails(): void {
    while (this.#nextDetailed < this.#detailed.length) {
      const operation = this.#detailed[this.#nextDetailed];
      this.#nextDetailed += 1;
      if (!operation || operation.detailsSize === 0) continue;
      operation.trail = null;
      this.#setDetails(operation, NO_DETAILS);
      return;
    }
  }

  /** Removes its details from the budget. */
  close(): void {
    this.#budget.remove(this);
  }

  #shorten(operation: OperationEntry): void {
    const brief = briefDetails(operation.details);
    if (brief !== operation.details)
      this.#setDetails(operation, { details: brief, size: sizeOfDetails(brief) });
  }

  #setDetails(operation: OperationEntry, { details, size }: KeptDetails): void {
    operation.details = details;
    this.#resize(operation, size + sizeOfTrail(operation));
  }

  #resize(operation: OperationEntry, size: number): void {
    const growth = size - operation.detailsSize;
    if (growth === 0) return;
    if (operation.detailsSize === 0) this.#noteDetailed(operation);
    operation.detailsSize = size;
    this.#detailsSize += growth;
    this.#budget.change(this, growth);
  }

  #noteDetailed(operation: OperationEntry): void {
    this.#detailed.push(operation);
    const known = this.#ended.size + this.#active.size;
    if (this.#detailed.length <= 2 * known + DETAILED_OPERATIONS) return;
    this.#detailed = this.#detailed.slice(this.#nextDetailed).filter(({ detailsSize }) => detailsSize > 0);
    this.#nextDetailed = 0;
  }
}

function sizeOfTrail({ trail }: OperationEntry): number {
  return trail ? TRAIL_SIZE : 0;
}
