import { systemClock, type Clock } from '../../monitor/clock.ts';
import type { ChildExitReason, Direction } from '../../monitor/traffic-events.ts';
import type { RequestEnd } from '../protocol/request-end.ts';
import type { StdioWatch } from './stdio-watch.ts';

interface Moment {
  readonly now: number;
  readonly monotonic: number;
  readonly sinceBoot: number;
}

/** The system's clocks, which a replay sets back to the time at which each line passed. */
class ReplayClock implements Clock {
  #moment: Moment | null = null;

  now = (): number => this.moment().now;
  monotonic = (): number => this.moment().monotonic;
  sinceBoot = (): number => this.moment().sinceBoot;

  moment(): Moment {
    return (
      this.#moment ?? {
        now: systemClock.now(),
        monotonic: systemClock.monotonic(),
        sinceBoot: systemClock.sinceBoot?.() ?? 0,
      }
    );
  }

  replay(moment: Moment, tell: () => void): void {
    this.#moment = moment;
    try {
      tell();
    } finally {
      this.#moment = null;
    }
  }
}

type Tell = (watch: StdioWatch) => void;

/** Before the watch is open, forwarding pauses once this much is kept. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * Buffers events until the watch is open, so that messages are forwarded before the code that observes them is loaded.
 */
export class LateWatch implements StdioWatch {
  /** The clock of the watch and its collector. During a replay it shows the time at which the event happened. */
  readonly clock = new ReplayClock();
  /** Resolves when the server has sent something, its process has ended, or no more can be kept. */
  readonly due: Promise<void>;
  readonly #onFull: (isFull: boolean) => void;
  #isDue: () => void = () => undefined;
  #watch: StdioWatch | null = null;
  #kept: { readonly moment: Moment; readonly tell: Tell }[] = [];
  #keptBytes = 0;

  /** @param onFull - stops what is sent, and lets it go on */
  constructor(onFull: (isFull: boolean) => void) {
    this.#onFull = onFull;
    this.due = new Promise((resolve) => (this.#isDue = resolve));
  }

  /** Tells `watch` what has happened so far, and from now on what happens. */
  open(watch: StdioWatch): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#watch = watch;
    for (const { moment, tell } of kept) this.clock.replay(moment, () => tell(watch));
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#onFull(false);
  }

  serverStarted(): void {
    this.#tell((watch) => watch.serverStarted());
  }

  sent(direction: Direction, chunk: Buffer): void {
    if (this.#watch) return this.#watch.sent(direction, chunk);
    this.#tell((watch) => watch.sent(direction, chunk));
    this.#keptBytes += chunk.length;
    const isFull = this.#keptBytes > MAX_KEPT_BYTES;
    if (isFull) this.#onFull(true);
    if (isFull || direction === 'server_to_client') this.#isDue();
  }

  endInFlight(end: RequestEnd): void {
    this.#tell((watch) => watch.endInFlight(end));
  }

  serverExited(reason: ChildExitReason, end: RequestEnd): void {
    this.#tell((watch) => watch.serverExited(reason, end));
    this.#isDue();
  }

  failed(error: unknown): void {
    this.#tell((watch) => watch.failed(error));
  }

  #tell(tell: Tell): void {
    if (this.#watch) tell(this.#watch);
    else this.#kept.push({ moment: this.clock.moment(), tell });
  }
}
