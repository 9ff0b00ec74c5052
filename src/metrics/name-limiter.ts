import { LIMITS } from '../monitor/limits.ts';
import { OTHER } from '../monitor/other-label.ts';
import { wireName } from '../monitor/wire-name.ts';
import type { SeriesBudget, SeriesPurpose } from './series-budget.ts';

/** Upper bound for the names of one server that wait for series of their own. */
const MAX_WAITING = 1000;
/** A name with fewer uses is not busy, whatever the other names of its server are. */
const MIN_BUSY_USES = 10;

/** The series that names need: without room for them, a name is not kept. */
export interface NamePurposes {
  readonly early: SeriesPurpose;
  readonly busy: SeriesPurpose;
}

/** Names of tools and operations are in counters. */
const IN_COUNTERS: NamePurposes = { early: 'counters', busy: 'busyCounters' };
/** Names of prompts are only in histograms. */
export const IN_HISTOGRAMS: NamePurposes = { early: 'histograms', busy: 'histograms' };

/** The names of one server. */
interface ServerNames {
  /** Names with series of their own. */
  readonly kept: Set<string>;
  /** Uses of all kept names. */
  uses: number;
  /** Uses of names without series of their own. */
  readonly waiting: Map<string, number>;
}

/**
 * Bounds the names in a label (tools, prompts, operations) by server. While there is room, each name gets series of its
 * own. Beyond that, the least used names of a server share `_OTHER`.
 *
 * A series never ends and its counts never move to another one, because a counter that decreases looks like a restart to
 * Prometheus. So a name that has its own series keeps them, and the budget has room for names that come late: a name that
 * is used more often than the average kept name of its server leaves `_OTHER`, once and for good. Its earlier uses stay
 * in `_OTHER`, so that all sums stay exact.
 */
export class NameLimiter {
  readonly #budget: SeriesBudget;
  readonly #onOverflow: () => void;
  readonly #purposes: NamePurposes;
  readonly #servers = new Map<string, ServerNames>();

  constructor(budget: SeriesBudget, onOverflow: () => void, purposes = IN_COUNTERS) {
    this.#budget = budget;
    this.#onOverflow = onOverflow;
    this.#purposes = purposes;
  }

  /** The label value of a name. Each call is one use of it. */
  limit(server: string, name: string): string {
    if (name === '' || name === OTHER) return name;
    const names = this.#namesOf(server);
    if (names.kept.has(name)) {
      names.uses += 1;
      return name;
    }
    const label = name.length > LIMITS.label_length.max ? OTHER : this.#admit(server, names, wireName(name));
    if (label === OTHER) this.#onOverflow();
    return label;
  }

  /** The label value of a name that is not in use yet; null if the room for such names is taken. */
  offer(server: string, name: string): string | null {
    if (server === OTHER || name === '' || name === OTHER || name.length > LIMITS.label_length.max)
      return null;
    const { kept } = this.#namesOf(server);
    if (!kept.has(name) && !this.#budget.hasRoom(server, 'unusedCounters')) return null;
    const copy = wireName(name);
    kept.add(copy);
    return copy;
  }

  #admit(server: string, names: ServerNames, name: string): string {
    const { kept } = names;
    const isKept = () =>
      kept.has(name) ||
      this.#budget.hasRoom(server, this.#purposes.early) ||
      this.#isBusy(server, names, name);
    // Servers beyond their limit have no names at all.
    if (server === OTHER || !isKept()) return OTHER;
    kept.add(name);
    names.uses += 1;
    return name;
  }

  #isBusy(server: string, { kept, uses, waiting }: ServerNames, name: string): boolean {
    if (!this.#budget.hasRoom(server, this.#purposes.busy)) return false;
    const ownUses = (waiting.get(name) ?? 0) + 1;
    waiting.delete(name);
    if (ownUses > Math.max(uses / kept.size, MIN_BUSY_USES)) return true;
    // Busy names return soon, so that they are also found if counting starts again.
    if (waiting.size >= MAX_WAITING) waiting.clear();
    waiting.set(name, ownUses);
    return false;
  }

  #namesOf(server: string): ServerNames {
    let names = this.#servers.get(server);
    if (!names) {
      names = { kept: new Set(), uses: 0, waiting: new Map() };
      this.#servers.set(server, names);
    }
    return names;
  }
}
