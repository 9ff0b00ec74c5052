import type { FeedOperationEvent } from '../../feed-protocol.ts';
import { NoAnswer } from '../connection/exporter-api.ts';
import type { Live } from './live.ts';

const RETRY_MS = 2000;

export interface KeptAnswerOptions<T> {
  readonly live: Live;
  readonly request: () => Promise<T | NoAnswer>;
  /** The text to show if the exporter responds with 404. */
  readonly missing: string;
  /** Whether an event shows that a missing thing exists now. */
  readonly isCreatedBy: (event: FeedOperationEvent) => boolean;
  readonly onAnswer: (answer: T) => void;
  /** Called with every event. Events that arrived during the request are repeated after `onAnswer`. */
  readonly onEvent: (event: FeedOperationEvent) => void;
  readonly onChange: () => void;
}

/** A response of the exporter's API that is kept up to date by events. It is requested again if events may be missing. */
export class KeptAnswer<T> {
  readonly #options: KeptAnswerOptions<T>;
  readonly #unfollow: () => void;
  /** The value of {@link Live.loaded} at the last request. */
  #requestedWith = -1;
  #requests = 0;
  /** Null if no retry is planned. */
  #retryAtMs: number | null = null;
  #isMissing = false;
  #problem: string | null = null;
  /** Events during a request, whose response may be older than they are. */
  #eventsDuringRequest: FeedOperationEvent[] | null = null;

  constructor(options: KeptAnswerOptions<T>) {
    this.#options = options;
    this.#unfollow = options.live.follow((event) => {
      this.#eventsDuringRequest?.push(event);
      this.#onEvent(event);
    });
  }

  /** The error to show; null if there is a response, or the request is pending. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Sends a request if one is due. */
  refresh(): void {
    const { loaded, isCurrent, serverNowMs } = this.#options.live;
    // Without the feed, the response could not be kept up to date.
    if (loaded === 0) return;
    const isDue = this.#retryAtMs !== null && isCurrent && serverNowMs >= this.#retryAtMs;
    if (this.#requestedWith !== loaded || isDue) void this.reload();
  }

  async reload(): Promise<void> {
    const { live, request, onChange } = this.#options;
    const id = ++this.#requests;
    this.#requestedWith = live.loaded;
    this.#retryAtMs = null;
    this.#eventsDuringRequest = [];
    const answer = await request();
    if (id !== this.#requests) return;
    const events = this.#eventsDuringRequest;
    this.#eventsDuringRequest = null;
    this.#take(answer);
    for (const event of events) this.#onEvent(event);
    onChange();
  }

  close(): void {
    this.#unfollow();
  }

  #onEvent(event: FeedOperationEvent): void {
    const { isCreatedBy, onEvent } = this.#options;
    if (this.#isMissing && isCreatedBy(event)) {
      this.#isMissing = false;
      void this.reload();
    } else onEvent(event);
  }

  #take(answer: T | NoAnswer): void {
    const { live, missing, onAnswer } = this.#options;
    this.#isMissing = answer instanceof NoAnswer && answer.isFinal;
    if (!(answer instanceof NoAnswer)) {
      this.#problem = null;
      onAnswer(answer);
    } else if (answer.isFinal) {
      this.#problem = missing;
    } else {
      // Retries only if the exporter was unreachable: a missing thing stays missing.
      this.#retryAtMs = live.serverNowMs + RETRY_MS;
      this.#problem = 'The exporter did not respond. Retrying.';
    }
  }
}
