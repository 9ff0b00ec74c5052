import type { StatusBody } from '../../../api/answers.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import type { ConnectionState } from '../connection/feed-connection.ts';
import type { Live } from './live.ts';
import { isFeedOnly, POLL_SECONDS } from './lost-notice.ts';

export interface PollingOptions {
  readonly live: Live;
  readonly api: ExporterApi;
  readonly schedule: (callback: () => void, delayMs: number) => void;
}

/** Keeps the state current through the API while the feed is blocked. */
export class Polling {
  readonly #options: PollingOptions;
  #isOn = false;
  /** Number of starts. A poll of an earlier start is ignored. */
  #starts = 0;

  constructor(options: PollingOptions) {
    this.#options = options;
  }

  connectionChanged(state: ConnectionState): void {
    // Continues during attempts to open the feed.
    if (state.kind === 'connecting') return;
    const isWanted = state.kind === 'waiting' && state.problem !== null && isFeedOnly(state.problem);
    if (isWanted === this.#isOn) return;
    this.#isOn = isWanted;
    this.#starts += 1;
    if (isWanted) void this.#poll(this.#starts);
    else this.#options.live.pollingFailed();
  }

  async #poll(start: number): Promise<void> {
    const { api, live, schedule } = this.#options;
    const [status, sessions] = await Promise.all([api.status(), api.sessions()]);
    const snapshot = status instanceof NoAnswer || this.#isKnown(status) ? null : await api.snapshot();
    if (start !== this.#starts) return;
    if (status instanceof NoAnswer || sessions instanceof NoAnswer || snapshot instanceof NoAnswer)
      live.pollingFailed();
    else live.receivePolled(status, sessions, snapshot);
    schedule(() => {
      if (start === this.#starts) void this.#poll(start);
    }, POLL_SECONDS * 1000);
  }

  /** Whether no operation has changed since the last snapshot. */
  #isKnown({ feed }: StatusBody): boolean {
    const { isLoaded, bootId, operations } = this.#options.live;
    return isLoaded && feed.boot_id === bootId && feed.seq === operations.seq;
  }
}
