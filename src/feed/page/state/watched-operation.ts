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

const MISSING = `Unknown operation. The exporter keeps the last ${formatCount(KEPT_OPERATIONS)} of each session until it is restarted.`;

/** One operation with its ancestors and descendants, kept up to date. */
export class WatchedOperation {
  readonly #kept: KeptAnswer<OperationBody>;
  #store = new OperationStore();
  #answer: OperationBody | null = null;
  #record: OperationRecord | null = null;
  #points: readonly ProgressPoint[] = [];

  constructor(reference: OperationReference, live: Live, api: ExporterApi, onChange: () => void) {
    this.#kept = new KeptAnswer({
      live,
      request: () => api.operation(reference),
      missing: MISSING,
      isCreatedBy: (event) =>
        event.operation_id === reference.id &&
        event.session_id === (reference.sessionId ?? event.session_id) &&
        event.kind !== 'progressed',
      onAnswer: (answer) => this.#show(answer),
      onEvent: (event) => this.#take(event),
      onChange,
    });
  }

  /** Null until it is loaded. */
  get record(): OperationRecord | null {
    return this.#record;
  }

  /** Null if it belongs to no server. */
  get serverName(): string | null {
    return this.#answer?.operation.server_name ?? null;
  }

  /** Its progress over time. */
  get points(): readonly ProgressPoint[] {
    return this.#points;
  }

  /** The error to show; null if there is none. */
  get problem(): string | null {
    return this.#kept.problem;
  }

  /** The exporter's response. */
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
    // The answer has the oldest first, a store takes the latest first.
    const family = [operation, ...ancestors, ...descendants].toReversed();
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
    // Reloads an ended operation, because the exporter then has its complete progress and details.
    if (!isActive(record)) void this.#kept.reload();
    else if (event.kind === 'progressed') {
      const seconds = elapsedSeconds(record, Date.parse(event.timestamp)) ?? 0;
      this.#points = [...this.#points, [seconds, event.progress]];
    }
  }
}
