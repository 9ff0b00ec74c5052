import type { OperationsBody } from '../../../api/answers.ts';
import { KEPT_OPERATIONS } from '../../../monitor/retention.ts';
import { NoAnswer, type ExporterApi } from '../connection/exporter-api.ts';
import { KeptAnswer } from './kept-answer.ts';
import type { Live } from './live.ts';
import { OperationStore } from './operation-store.ts';
import type { OperationRecord } from './operation-record.ts';

/** All operations of one session, as the exporter keeps them and as they go on. */
export class WatchedSession {
  readonly sessionId: string;
  readonly #answer: KeptAnswer<OperationsBody>;
  #store = new OperationStore();
  #isLoaded = false;
  /** There was none; its first event says that there is. */
  #isMissing = false;
  #problem: string | null = null;

  constructor(sessionId: string, live: Live, api: ExporterApi, onChange: () => void) {
    this.sessionId = sessionId;
    this.#answer = new KeptAnswer({
      live,
      ask: () => api.operations({ session_id: sessionId, limit: KEPT_OPERATIONS }),
      onAnswer: (answer) => this.#show(answer),
      onEvent: (event) => {
        if (event.session_id !== sessionId) return;
        if (this.#isMissing) {
          this.#isMissing = false;
          void this.#answer.ask();
        } else if (this.#isLoaded) this.#store.apply(event);
      },
      onChange,
    });
  }

  /** What no other operation started. */
  get roots(): readonly OperationRecord[] {
    // What runs below one that has ended is below it.
    return [...this.#store.endedRoots, ...this.#store.activeRoots.filter(({ parent }) => parent === null)];
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

  refresh(): void {
    this.#answer.refresh();
  }

  close(): void {
    this.#answer.close();
  }

  #show(answer: OperationsBody | NoAnswer): void {
    if (answer instanceof NoAnswer) {
      this.#isMissing = answer.isFinal;
      this.#problem = answer.isFinal
        ? 'This session is not known here, or not any more.'
        : 'The exporter did not answer. This page asks again once it is connected.';
      return;
    }
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
}
