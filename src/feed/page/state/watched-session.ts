import type { OperationsBody } from '../../../api/answers.ts';
import { KEPT_OPERATIONS } from '../../../monitor/retention.ts';
import type { ExporterApi } from '../connection/exporter-api.ts';
import { KeptAnswer } from './kept-answer.ts';
import type { Live } from './live.ts';
import { OperationStore, storeOf } from './operation-store.ts';
import type { OperationRecord } from './operation-record.ts';

/** All operations of one session, as the exporter keeps them and as they go on. */
export class WatchedSession {
  readonly sessionId: string;
  readonly #kept: KeptAnswer<OperationsBody>;
  #store = new OperationStore();
  #isLoaded = false;

  constructor(sessionId: string, live: Live, api: ExporterApi, onChange: () => void) {
    this.sessionId = sessionId;
    this.#kept = new KeptAnswer({
      live,
      ask: () => api.operations({ session_id: sessionId, limit: KEPT_OPERATIONS }),
      missing: 'This session is not known here, or not any more.',
      isSign: (event) => event.session_id === sessionId,
      onAnswer: (answer) => this.#show(answer),
      onEvent: (event) => {
        if (event.session_id === sessionId && this.#isLoaded) this.#store.apply(event);
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
    return this.#kept.problem;
  }

  refresh(): void {
    this.#kept.refresh();
  }

  close(): void {
    this.#kept.close();
  }

  #show({ feed, operations }: OperationsBody): void {
    this.#isLoaded = true;
    this.#store = storeOf(operations, feed.seq);
  }
}
