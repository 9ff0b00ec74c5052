import { errorMessage } from '../../errors.ts';
import type { FromWorker, SessionRecord } from '../contract/protocol.ts';
import type { ToolCall } from '../session/tool-call.ts';

type WorkerEvent = Exclude<FromWorker, { type: 'result' | 'failure' }>;

const IS_PROGRESS: ReadonlySet<string> = new Set([
  'stage_started',
  'stage_progressed',
  'stage_completed',
  'progressed',
]);

/** Applies a worker's reports to the operations, the metrics and the session of its call, and notifies the client. */
export class WorkerEvents {
  readonly #call: ToolCall;
  /** The operation ids of the active stages, outermost first. */
  readonly #stages = new Map<number, string>();

  constructor(call: ToolCall) {
    this.#call = call;
  }

  async apply(event: WorkerEvent): Promise<void> {
    // The stages of a cancelled call have ended, but its worker still reports the files that it changed.
    if (this.#call.signal.aborted && IS_PROGRESS.has(event.type)) return;
    const { monitor, sessions, log } = this.#call;
    switch (event.type) {
      case 'stage_started':
        return this.#startStage(event);
      case 'stage_progressed':
        monitor.updateProgress(this.#operationOf(event.stage), event.percent, { message: event.message });
        return;
      case 'stage_completed':
        monitor.stopMonitoring(this.#operationOf(event.stage), event.details);
        this.#stages.delete(event.stage);
        return;
      case 'progressed':
        return this.#call.reportProgress(event.percent, event.message);
      case 'event':
        return sessions.publish(event.event);
      case 'record':
        return this.#record(event.record);
      case 'limit':
        return sessions.reportLimit(event.limit, event.count);
      case 'log':
        return log(event.level, event.message);
    }
  }

  /** Ends the active stages: as cancelled if the client cancelled the call, otherwise as failed. */
  endStages(error: unknown): void {
    const { monitor, signal } = this.#call;
    const reason = errorMessage(error);
    for (const operationId of [...this.#stages.values()].toReversed()) {
      if (signal.aborted) monitor.cancelMonitoring(operationId, reason);
      else monitor.stopMonitoring(operationId, { error: reason }, false);
    }
    this.#stages.clear();
  }

  #startStage({ stage, parent, name, details }: Extract<WorkerEvent, { type: 'stage_started' }>): void {
    const { monitor, operation, sessionId } = this.#call;
    const own = operation?.sessionId === sessionId ? operation.operationId : undefined;
    const parentId = parent === null ? own : this.#operationOf(parent);
    if (this.#stages.has(stage)) throw new TypeError(`stage ${stage}: expected a new one`);
    const start = () => monitor.startMonitoring(name, undefined, details);
    this.#stages.set(stage, parentId === undefined ? start() : monitor.within(parentId, start));
  }

  #operationOf(stage: number): string {
    const operationId = this.#stages.get(stage);
    if (operationId === undefined) throw new TypeError(`stage ${stage}: expected one that is active`);
    return operationId;
  }

  #record(record: SessionRecord): void {
    const { session } = this.#call;
    switch (record.type) {
      case 'scan':
        return session.recordScan(record.totals);
      case 'validation':
        return session.recordValidation(record.totals);
      case 'fixes':
        return session.recordFixes(record.applied, record.failed);
      case 'cycle':
        return session.recordCycle();
    }
  }
}
