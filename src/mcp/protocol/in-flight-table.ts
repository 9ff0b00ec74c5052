import type { RequestId } from '../wire/json-rpc.ts';
import type { InFlight } from './in-flight.ts';

/** The requests in flight of one side of a connection. Requests with the same id are kept apart, oldest first. */
export class InFlightTable {
  readonly #byKey = new Map<RequestId, InFlight[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(inFlight: InFlight): void {
    const same = this.#byKey.get(inFlight.key);
    if (same) same.push(inFlight);
    else this.#byKey.set(inFlight.key, [inFlight]);
    this.#size += 1;
  }

  /** @returns whether it was in flight */
  delete(inFlight: InFlight): boolean {
    const same = this.withKey(inFlight.key);
    const at = same.indexOf(inFlight);
    if (at === -1) return false;
    this.#size -= 1;
    if (same.length === 1) this.#byKey.delete(inFlight.key);
    else this.#byKey.set(inFlight.key, same.toSpliced(at, 1));
    return true;
  }

  has(inFlight: InFlight): boolean {
    return this.withKey(inFlight.key).includes(inFlight);
  }

  withKey(key: RequestId): readonly InFlight[] {
    return this.#byKey.get(key) ?? [];
  }

  /** The request that started first, or one that shares its id. */
  oldest(): InFlight | undefined {
    for (const [oldest] of this.#byKey.values()) return oldest;
    return undefined;
  }

  all(): InFlight[] {
    return [...this.#byKey.values()].flat();
  }
}
