import type { FeedOperationEvent } from '../../feed-protocol.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import type { Live } from './live.ts';
import { OperationStore } from './operation-store.ts';
import type { OperationRecord } from './operation-record.ts';

/** As many as the exporter keeps of a session. */
const MAX_OPERATIONS = 1000;

/** All operations of one session, as the exporter keeps them and as they go on. */
export class WatchedSession {
  readonly sessionId: string;
  readonly #live: Live;
  readonly #api: ExporterApi;
  readonly #onChange: () => void;
  readonly #unfollow: () => void;
  #store = new OperationStore();
  #isLoaded = false;
  #problem: string | null = null;
  #loadedWith = -1;

  constructor(sessionId: string, live: Live, api: ExporterApi, onChange: () => void) {
    this.sessionId = sessionId;
    this.#live = live;
    this.#api = api;
    this.#onChange = onChange;
    this.#unfollow = live.follow((event) => this.#take(event));
  }

  /** What no other operation started. */
  get roots(): readonly OperationRecord[] {
    return [...this.#store.endedRoots, ...this.#store.activeRoots];
  }

  /** Changes whenever an operation does. */
  get revision(): number {
    return this.#store.revision;
  }

  get hasActive(): boolean {
    return this.#store.activeRoots.length > 0;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Why it is not known; null where it is, or where that is not clear yet. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Reads it anew wherever something may have been missed. */
  refresh(): void {
    if (this.#loadedWith === this.#live.loaded) return;
    this.#loadedWith = this.#live.loaded;
    void this.#load();
  }

  close(): void {
    this.#unfollow();
  }

  async #load(): Promise<void> {
    const answer = await this.#api.operations({ session_id: this.sessionId, limit: MAX_OPERATIONS });
    if (answer instanceof NoAnswer) {
      this.#problem =
        answer.status === 404
          ? 'This session is not known here, or not any more.'
          : 'The exporter did not answer. This page asks again once it is connected.';
    } else {
      const { feed, operations } = answer;
      this.#problem = null;
      this.#isLoaded = true;
      this.#store = new OperationStore();
      this.#store.applySnapshot({
        seq: feed.seq,
        active: operations.filter(({ end_time: end }) => end === null),
        ended: operations.filter(({ end_time: end }) => end !== null),
      });
    }
    this.#onChange();
  }

  #take(event: FeedOperationEvent): void {
    if (event.session_id === this.sessionId && this.#isLoaded) this.#store.apply(event);
  }
}
