import type { Logger } from '../logging/logger.ts';
import type { Clock } from '../monitor/clock.ts';
import { LIMITS, type OnLimit } from '../monitor/limits.ts';
import type { RefusalReason } from '../monitor/refusal-reasons.ts';

export interface RefusedRequestsOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onRefused: (reason: RefusalReason) => void;
  readonly onLimit: OnLimit;
  /** @defaultValue LIMITS.tracked_clients.max */
  readonly maxClients?: number;
}

interface Client {
  /**
   * Digests of different keys, because a client that repeats an old key does not guess. Their number is limited, because
   * a throttled client's keys are not checked.
   */
  wrongKeys: Set<string>;
  /** Start of the minute in which wrong keys are counted. */
  wrongSinceMs: number;
  refused: number;
  loggedAtMs: number;
}

const MINUTE_MS = 60_000;
/** Maximum number of log lines per minute, one for each address. */
const MAX_LOGGED_CLIENTS = 20;

/** Counts refused requests, throttles clients that guess keys, and logs at most one line per minute and client. */
export class RefusedRequests {
  readonly #options: RefusedRequestsOptions;
  readonly #clients = new Map<string, Client>();
  /** Shared by all clients beyond the maximum. */
  readonly #others = newClient();
  #forgotAtMs = -Infinity;
  #logMinuteMs = -Infinity;
  #loggedClients = 0;

  constructor(options: RefusedRequestsOptions) {
    this.#options = options;
  }

  /** Seconds until keys of `client` are checked again; 0 if it is not throttled. */
  retryAfterSeconds(client: string): number {
    const known = this.#clients.get(client) ?? (this.#isFull ? this.#others : undefined);
    if (!known || known.wrongKeys.size < LIMITS.key_attempts.max) return 0;
    const leftMs = known.wrongSinceMs + MINUTE_MS - this.#options.clock.monotonic();
    return Math.max(0, Math.ceil(leftMs / 1000));
  }

  /** @param wrongKeys - digests of the keys that the request offered, if `reason` is `wrong_key` */
  add(client: string, reason: RefusalReason, wrongKeys: readonly string[] = []): void {
    const { clock, onRefused, onLimit } = this.#options;
    const now = clock.monotonic();
    const known = this.#clients.get(client) ?? this.#remember(client);
    if (reason === 'wrong_key') {
      if (now - known.wrongSinceMs >= MINUTE_MS)
        Object.assign(known, { wrongKeys: new Set(), wrongSinceMs: now });
      for (const key of wrongKeys) known.wrongKeys.add(key);
    }
    onRefused(reason);
    if (reason === 'too_many_attempts') onLimit('key_attempts');
    known.refused += 1;
    if (now - known.loggedAtMs >= MINUTE_MS && this.#mayLog(now)) this.#log(client, known, reason);
  }

  /** Limits log lines of many addresses. Omitted requests are counted, and logged in a later minute. */
  #mayLog(now: number): boolean {
    if (now - this.#logMinuteMs >= MINUTE_MS) {
      this.#logMinuteMs = now;
      this.#loggedClients = 0;
    }
    this.#loggedClients += 1;
    return this.#loggedClients <= MAX_LOGGED_CLIENTS;
  }

  #log(client: string, known: Client, latest: RefusalReason): void {
    const { clock, logger } = this.#options;
    // The logger writes one line per minute for each `reason`, so the address is part of it.
    const reason = `${latest} from ${client}`;
    logger.warn({ reason, address: client, requests: known.refused }, 'requests refused');
    known.refused = 0;
    known.loggedAtMs = clock.monotonic();
  }

  get #isFull(): boolean {
    return this.#clients.size >= (this.#options.maxClients ?? LIMITS.tracked_clients.max);
  }

  #remember(client: string): Client {
    if (this.#isFull) this.#forgetInactive();
    if (this.#isFull) {
      this.#options.onLimit('tracked_clients');
      return this.#others;
    }
    const known = newClient();
    this.#clients.set(client, known);
    return known;
  }

  /** Forgets clients without refusals in the last minute. A throttled client must never be forgotten. */
  #forgetInactive(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#forgotAtMs < 1000) return;
    this.#forgotAtMs = now;
    for (const [client, { wrongSinceMs, loggedAtMs }] of this.#clients) {
      if (now - Math.max(wrongSinceMs, loggedAtMs) >= MINUTE_MS) this.#clients.delete(client);
    }
  }
}

function newClient(): Client {
  return { wrongKeys: new Set(), wrongSinceMs: -Infinity, refused: 0, loggedAtMs: -Infinity };
}
