import type { FeedOperationEvent } from '../../feed-protocol.ts';
import { NoAnswer } from '../connection/exporter-api.ts';
import type { Live } from './live.ts';

const RETRY_MS = 2000;

export interface KeptAnswerOptions<T> {
  readonly live: Live;
  readonly ask: () => Promise<T | NoAnswer>;
  /** What to tell where there is no such thing. */
  readonly missing: string;
  /** Whether an event shows that there is such a thing now. */
  readonly isSign: (event: FeedOperationEvent) => boolean;
  readonly onAnswer: (answer: T) => void;
  /** Hears what comes after an answer; what came while that was on its way comes a second time. */
  readonly onEvent: (event: FeedOperationEvent) => void;
  readonly onChange: () => void;
}

/** An answer of the exporter's API that is kept right: by events, and by asking anew where some may have been missed. */
export class KeptAnswer<T> {
  readonly #options: KeptAnswerOptions<T>;
  readonly #unfollow: () => void;
  #askedWith = -1;
  #questions = 0;
  /** Null where it is not to be asked for again. */
  #retryAtMs: number | null = null;
  #isMissing = false;
  #problem: string | null = null;
  /** What was heard while an answer was on its way, which may be older. */
  #unanswered: FeedOperationEvent[] | null = null;

  constructor(options: KeptAnswerOptions<T>) {
    this.#options = options;
    this.#unfollow = options.live.follow((event) => {
      this.#unanswered?.push(event);
      this.#hear(event);
    });
  }

  /** Why there is no answer; null where there is one, or where that is not clear yet. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Asks where that is due. */
  refresh(): void {
    const { loaded, isConnected, serverNowMs } = this.#options.live;
    // Before the feed is there an answer could not be kept right.
    if (loaded === 0) return;
    const isDue = this.#retryAtMs !== null && isConnected && serverNowMs >= this.#retryAtMs;
    if (this.#askedWith !== loaded || isDue) void this.ask();
  }

  async ask(): Promise<void> {
    const { live, ask, onChange } = this.#options;
    const question = ++this.#questions;
    this.#askedWith = live.loaded;
    this.#retryAtMs = null;
    this.#unanswered = [];
    const answer = await ask();
    if (question !== this.#questions) return;
    const unanswered = this.#unanswered;
    this.#unanswered = null;
    this.#take(answer);
    for (const event of unanswered) this.#hear(event);
    onChange();
  }

  close(): void {
    this.#unfollow();
  }

  #hear(event: FeedOperationEvent): void {
    const { isSign, onEvent } = this.#options;
    if (this.#isMissing && isSign(event)) {
      this.#isMissing = false;
      void this.ask();
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
      // What is not there will not be there in a moment; an exporter that did not answer may.
      this.#retryAtMs = live.serverNowMs + RETRY_MS;
      this.#problem = 'The exporter did not answer. This page asks again once it is connected.';
    }
  }
}
