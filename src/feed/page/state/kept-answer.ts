import type { FeedOperationEvent } from '../../feed-protocol.ts';
import { NoAnswer } from '../connection/exporter-api.ts';
import type { Live } from './live.ts';

const RETRY_MS = 2000;

export interface KeptAnswerOptions<T> {
  readonly live: Live;
  readonly ask: () => Promise<T | NoAnswer>;
  readonly onAnswer: (answer: T | NoAnswer) => void;
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
  /** What was heard while an answer was on its way, which may be older. */
  #unanswered: FeedOperationEvent[] | null = null;

  constructor(options: KeptAnswerOptions<T>) {
    this.#options = options;
    this.#unfollow = options.live.follow((event) => {
      this.#unanswered?.push(event);
      options.onEvent(event);
    });
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
    const { live, ask, onAnswer, onEvent, onChange } = this.#options;
    const question = ++this.#questions;
    this.#askedWith = live.loaded;
    this.#retryAtMs = null;
    this.#unanswered = [];
    const answer = await ask();
    if (question !== this.#questions) return;
    const unanswered = this.#unanswered;
    this.#unanswered = null;
    // What is not there will not be there in a moment.
    if (answer instanceof NoAnswer && !answer.isFinal) this.#retryAtMs = live.serverNowMs + RETRY_MS;
    onAnswer(answer);
    for (const event of unanswered) onEvent(event);
    onChange();
  }

  close(): void {
    this.#unfollow();
  }
}
