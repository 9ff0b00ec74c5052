import type { OperationsBody } from '../../../api/answers.ts';
import { KEPT_OPERATIONS } from '../../../monitor/retention.ts';
import type { ExporterApi } from '../connection/exporter-api.ts';
import { KeptAnswer } from './kept-answer.ts';
import type { Live } from './live.ts';
import { OperationStore, storeOf } from './operation-store.ts';
import type { OperationRecord } from './operation-record.ts';

/** All kept operations of one session, kept up to date. */
export class WatchedSession {
  readonly sessionId: string;
  readonly #kept: KeptAnswer<OperationsBody>;
  #store = new OperationStore();
  #isLoaded = false;

  constructor(sessionId: string, live: Live, api: ExporterApi, onChange: () => void) {
    this.sessionId = sessionId;
    this.#kept = new KeptAnswer({
      live,
      request: () => api.operations({ session_id: sessionId, limit: KEPT_OPERATIONS }),
      missing: 'Unknown session. It was evicted, or the exporter was restarted.',
      isCreatedBy: (event) => event.session_id === sessionId,
      onAnswer: (answer) => this.#show(answer),
      onEvent: (event) => {
        if (event.session_id === sessionId && this.#isLoaded) this.#store.apply(event);
      },
      onChange,
    });
  }

  /** Operations without a parent. */
  get roots(): readonly OperationRecord[] {
    // Excludes active stages of ended operations, which are shown below their parents.
    return [...this.#store.endedRoots, ...this.#store.activeRoots.filter(({ parent }) => parent === null)];
  }

  /** Changes with every change of an operation. */
  get revision(): number {
    return this.#store.revision;
  }

  get hasActive(): boolean {
    return this.#store.activeRoots.length > 0;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** The error to show; null if there is none. */
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
