import type { OperationBody } from '../../../api/answers.ts';
import type { ProgressPoint } from '../../../monitor/progress-trail.ts';
import { KEPT_OPERATIONS } from '../../../monitor/retention.ts';
import type { FeedOperationEvent } from '../../feed-protocol.ts';
import type { ExporterApi, OperationReference } from '../connection/exporter-api.ts';
import { formatCount } from '../format.ts';
import { KeptAnswer } from './kept-answer.ts';
import type { Live } from './live.ts';
import { OperationStore, storeOf } from './operation-store.ts';
import { elapsedSeconds, isActive, type OperationRecord } from './operation-record.ts';

const MISSING = `This operation is not known here, or not any more: the exporter keeps the last ${formatCount(KEPT_OPERATIONS)} of each session, and none from before it was started.`;

/** One operation with its family, as the exporter keeps it and as it goes on. */
export class WatchedOperation {
  readonly #kept: KeptAnswer<OperationBody>;
  #store = new OperationStore();
  #answer: OperationBody | null = null;
  #record: OperationRecord | null = null;
  #points: readonly ProgressPoint[] = [];

  constructor(reference: OperationReference, live: Live, api: ExporterApi, onChange: () => void) {
    this.#kept = new KeptAnswer({
      live,
      ask: () => api.operation(reference),
      missing: MISSING,
      isSign: (event) =>
        event.operation_id === reference.id &&
        event.session_id === (reference.sessionId ?? event.session_id) &&
        event.kind !== 'progressed',
      onAnswer: (answer) => this.#show(answer),
      onEvent: (event) => this.#take(event),
      onChange,
    });
  }

  /** Null while it is not known. */
  get record(): OperationRecord | null {
    return this.#record;
  }

  /** Null where it is no server's. */
  get serverName(): string | null {
    return this.#answer?.operation.server_name ?? null;
  }

  /** How far it had come when. */
  get points(): readonly ProgressPoint[] {
    return this.#points;
  }

  /** Why it is not known; null where it is, or where that is not clear yet. */
  get problem(): string | null {
    return this.#kept.problem;
  }

  /** As the exporter told it. */
  get json(): string {
    return JSON.stringify(this.#answer, null, 2);
  }

  refresh(): void {
    this.#kept.refresh();
  }

  close(): void {
    this.#kept.close();
  }

  #show(answer: OperationBody): void {
    const { operation, ancestors, descendants, feed } = answer;
    const family = [operation, ...ancestors, ...descendants];
    this.#answer = answer;
    this.#points = operation.progress_over_time;
    this.#store = storeOf(family, feed.seq);
    this.#record = this.#store.find(operation.operation_id, operation.session_id) ?? null;
  }

  #take(event: FeedOperationEvent): void {
    const record = this.#record;
    if (!record || event.session_id !== record.sessionId || event.seq <= record.seq) return;
    const wasActive = isActive(record);
    this.#store.apply(event);
    if (!wasActive || event.operation_id !== record.id) return;
    // Once it is over the exporter has all of it: how it came along, and how it ended.
    if (!isActive(record)) void this.#kept.ask();
    else if (event.kind === 'progressed') {
      const seconds = elapsedSeconds(record, Date.parse(event.timestamp)) ?? 0;
      this.#points = [...this.#points, [seconds, event.progress]];
    }
  }
}
