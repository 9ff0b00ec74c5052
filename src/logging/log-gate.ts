import { LIMITS } from '../monitor/limits.ts';

const WINDOW_MS = 60_000;
const BURST = 200;
const MAX_PROBLEMS = 200;

interface Problem {
  repeats: number;
  timer: NodeJS.Timeout;
}

/**
 * Decides which log lines are written. A repeated problem is logged once, and then once a minute with the number of
 * repeats. A rate limit applies to all lines together.
 */
export class LogGate {
  readonly #problems = new Map<string, Problem>();
  #tokens = BURST;
  #refilledAtMs = performance.now();

  /** Whether the rate limit allows another line. */
  takeToken(): boolean {
    const now = performance.now();
    const refill = ((now - this.#refilledAtMs) / 1000) * LIMITS.log_rate.max;
    this.#tokens = Math.min(BURST, this.#tokens + refill);
    this.#refilledAtMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * @param problem - the key of the problem
   * @param writeRepeats - called at the end of each minute with repeats
   * @returns whether to write this occurrence
   */
  isFirst(problem: string, writeRepeats: (repeats: number) => void): boolean {
    const known = this.#problems.get(problem);
    if (known) {
      known.repeats += 1;
      return false;
    }
    if (this.#problems.size >= MAX_PROBLEMS) this.#evictOldest();
    const timer = setTimeout(() => this.#onWindowEnd(problem, writeRepeats), WINDOW_MS).unref();
    this.#problems.set(problem, { repeats: 0, timer });
    return true;
  }

  #onWindowEnd(problem: string, writeRepeats: (repeats: number) => void): void {
    const { repeats = 0 } = this.#problems.get(problem) ?? {};
    if (repeats === 0) return void this.#problems.delete(problem);
    const timer = setTimeout(() => this.#onWindowEnd(problem, writeRepeats), WINDOW_MS).unref();
    this.#problems.set(problem, { repeats: 0, timer });
    writeRepeats(repeats);
  }

  #evictOldest(): void {
    for (const [problem, { timer }] of this.#problems) {
      clearTimeout(timer);
      this.#problems.delete(problem);
      return;
    }
  }
}
