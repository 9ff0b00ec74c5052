import { systemClock, type Clock } from '../../monitor/clock.ts';
import type { Direction } from '../../monitor/traffic-events.ts';
import type { ProcessExit, RequestEnd } from '../protocol/request-end.ts';
import type { StdioWatch } from './stdio-watch.ts';

interface Moment {
  readonly now: number;
  readonly monotonic: number;
  readonly sinceBoot: number;
}

/** The system's clocks. During a replay they show the time at which the event happened. */
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

  replay(moment: Moment, run: () => void): void {
    this.#moment = moment;
    try {
      run();
    } finally {
      this.#moment = null;
    }
  }
}

type WatchCall = (watch: StdioWatch) => void;

/** Forwarding pauses if more than this is buffered before the watch opens. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * Buffers events until the watch is open, so that messages are forwarded before the code that observes them is loaded.
 */
export class LateWatch implements StdioWatch {
  /** The clock for the watch and its collector. */
  readonly clock = new ReplayClock();
  /** Resolves when the server has sent data, its process has ended, or the buffer is full. */
  readonly due: Promise<void>;
  readonly #onFull: (isFull: boolean) => void;
  #isDue: () => void = () => undefined;
  #watch: StdioWatch | null = null;
  #buffered: { readonly moment: Moment; readonly call: WatchCall }[] = [];
  #bufferedBytes = 0;

  /** @param onFull - pauses forwarding while the buffer is full */
  constructor(onFull: (isFull: boolean) => void) {
    this.#onFull = onFull;
    this.due = new Promise((resolve) => (this.#isDue = resolve));
  }

  /** Replays the buffered events to `watch`, and passes it all later events. */
  open(watch: StdioWatch): void {
    const buffered = this.#buffered;
    this.#buffered = [];
    this.#watch = watch;
    for (const { moment, call } of buffered) this.clock.replay(moment, () => call(watch));
    if (this.#bufferedBytes > MAX_BUFFERED_BYTES) this.#onFull(false);
  }

  serverStarted(pid?: number): void {
    this.#forward((watch) => watch.serverStarted(pid));
  }

  sent(direction: Direction, chunk: Buffer): void {
    if (this.#watch) return this.#watch.sent(direction, chunk);
    this.#forward((watch) => watch.sent(direction, chunk));
    this.#bufferedBytes += chunk.length;
    const isFull = this.#bufferedBytes > MAX_BUFFERED_BYTES;
    if (isFull) this.#onFull(true);
    if (isFull || direction === 'server_to_client') this.#isDue();
  }

  endInFlight(end: RequestEnd): void {
    this.#forward((watch) => watch.endInFlight(end));
  }

  serverExited(exit: ProcessExit, end: RequestEnd): void {
    this.#forward((watch) => watch.serverExited(exit, end));
    this.#isDue();
  }

  failed(error: unknown): void {
    this.#forward((watch) => watch.failed(error));
  }

  #forward(call: WatchCall): void {
    if (this.#watch) call(this.#watch);
    else this.#buffered.push({ moment: this.clock.moment(), call });
  }
}
