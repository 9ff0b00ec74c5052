import { randomUUID } from 'node:crypto';

import { ExporterError } from '../errors.ts';
import { systemClock, type Clock } from './clock.ts';
import { EventBus } from './event-bus.ts';
import type { OperationEvent, Subscriber } from './events.ts';
import { currentOperationContext, runInOperation } from './operation-context.ts';
import type { Operation, OperationDetails } from './operation.ts';
import { keepDetails, keepError, NO_DETAILS, type KeptDetails } from './kept-details.ts';
import { MonitorBounds } from './monitor-bounds.ts';
import { OperationBook } from './operation-book.ts';
import { eventOf, startedEntry, type OperationEntry } from './operation-entry.ts';
import { OperationTotals } from './operation-totals.ts';
import { isError, isSuccess, type OperationOutcome } from './outcomes.ts';
import type { ProgressPoint } from './progress-trail.ts';
import { KEPT_OPERATIONS } from './retention.ts';
import { runOperation, type RunningOperation, type RunOptions } from './run-operation.ts';
import type { CurrentMetrics, OperationSummary } from './session-summary.ts';
import type { McpRequest } from './traffic-events.ts';
import { keptName, wireName } from './wire-name.ts';

/**
 * Options of {@link RealtimeMonitor}.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export interface RealtimeMonitorOptions {
  /** @defaultValue the system's clocks */
  clock?: Clock;
  /**
   * Whether a call with an inactive id throws. Otherwise the call is ignored and counted in
   * {@link RealtimeMonitor.ignoredCalls}.
   * @defaultValue false
   */
  strict?: boolean;
  /**
   * How many ended operations are kept.
   * @defaultValue 1000
   */
  maxEndedOperations?: number;
  /** Called with each error of a subscriber. @defaultValue errors are ignored */
  onSubscriberError?: (error: unknown) => void;
  /** Limits shared with the monitors of other sessions. @defaultValue separate limits */
  bounds?: MonitorBounds;
}

type OperationStart = Pick<OperationEvent, 'operationId' | 'operationName' | 'parentId' | 'timestampMs'> & {
  kept: KeptDetails;
  request?: McpRequest | null;
  /** The operation ends at once, so that the limit of active operations does not apply. */
  isEnding?: boolean;
};

const RECENTLY_COMPLETED = 10;
/** Upper bound for the active operations in a session's current metrics. */
const LISTED_ACTIVE = 100;
const EVICTED = 'no longer followed: too many active operations';

/**
 * Tracks the operations of one session and publishes every step to its subscribers.
 *
 * Memory is bounded. At most 10,000 operations are active; beyond that, the oldest ends as unobserved. The last
 * `maxEndedOperations` ended operations are kept, the last 100 with all details. Names and ids are truncated to 256
 * characters, and details to 8,000.
 *
 * @example
 * ```ts
 * import { RealtimeMonitor } from 'mcp-exporter/hook';
 *
 * const monitor = new RealtimeMonitor('session-1');
 * monitor.addSubscriber(({ kind, progress }) => {
 *   if (kind !== 'started') console.log(kind, progress);
 * });
 * await monitor.run('import', (operation) => {
 *   operation.updateProgress(50, { rows: 500 }); // percent, and details
 * });
 * // progressed 50
 * // completed 100
 * ```
 */
export class RealtimeMonitor {
  readonly sessionId: string;
  readonly #clock: Clock;
  readonly #strict: boolean;
  readonly #book: OperationBook;
  readonly #events: EventBus<OperationEvent>;
  readonly #onSubscriberError: (error: unknown) => void;
  readonly #totals = new OperationTotals();
  #startTime: Date | null = null;
  readonly #bounds: MonitorBounds;
  #lastFailed: Operation | null = null;
  #ignoredCalls = 0;
  /** Active operations that were evicted and whose real end may still arrive. */
  #evicted = 0;

  /** @throws TypeError if `sessionId` is empty or `maxEndedOperations` is not a positive integer */
  constructor(sessionId: string, options: RealtimeMonitorOptions = {}) {
    const { clock = systemClock, strict = false, maxEndedOperations = KEPT_OPERATIONS } = options;
    const { bounds = new MonitorBounds() } = options;
    requireText('sessionId', sessionId);
    if (!Number.isInteger(maxEndedOperations) || maxEndedOperations < 1) {
      throw new TypeError(`maxEndedOperations: expected a positive integer, received ${maxEndedOperations}`);
    }
    this.sessionId = wireName(sessionId, bounds.onLimit);
    this.#bounds = bounds;
    this.#clock = clock;
    this.#strict = strict;
    this.#book = new OperationBook(maxEndedOperations, bounds.details);
    const { onSubscriberError = () => undefined } = options;
    this.#onSubscriberError = onSubscriberError;
    this.#events = new EventBus((_part, error) => onSubscriberError(error));
  }

  /**
   * Starts an operation. Inside {@link run} or {@link within} it becomes a child of the running one.
   *
   * @param givenId - Must not be the id of an active operation. By default, a new unique id.
   * @param request - the MCP request that the operation is
   * @returns the operation's id, truncated to 256 characters
   * @throws TypeError for an empty name or id
   * @throws ExporterError `operation_active` if an operation with this id is active
   */
  startMonitoring(
    operationName: string,
    givenId?: string,
    details?: OperationDetails,
    request: McpRequest | null = null,
  ): string {
    requireText('operationName', operationName);
    if (givenId !== undefined) requireText('operationId', givenId);
    const id = givenId === undefined ? randomUUID() : wireName(givenId, this.#bounds.onLimit);
    if (this.#book.active.has(id)) {
      throw new ExporterError(
        'operation_active',
        `operation "${id}" is active: end it before you reuse its id`,
      );
    }
    const parentId = this.#parentId();
    const kept = this.#keep(details);
    const timestampMs = this.#clock.now();
    this.#start({
      operationId: id,
      operationName: this.#bounds.names.copyOf(operationName),
      parentId,
      timestampMs,
      kept,
      request,
    });
    return id;
  }

  /**
   * Sets the progress of an operation. The first call changes its status from `started` to `running`.
   *
   * @param progress - 0 to 100
   * @param details - merged into the operation's details
   * @throws TypeError for a progress that is not a number from 0 to 100
   * @throws ExporterError `unknown_operation` for an id that is not active, in strict mode
   */
  updateProgress(id: string, progress: number, details?: OperationDetails): void {
    if (!Number.isFinite(progress) || progress < 0 || progress > 100) {
      throw new TypeError(`progress: expected a number from 0 to 100, received ${progress}`);
    }
    const operation = this.#book.active.get(keptName(id));
    if (!operation) return this.#ignore(id, false);
    const seconds = (this.#clock.monotonic() - operation.startedAtMs) / 1000;
    const kept = this.#keep(details);
    this.#progress(operation, { progress, kept, seconds, timestampMs: this.#clock.now() });
  }

  /**
   * Ends an operation as completed, or as failed if `success` is false.
   *
   * @param result - merged into the operation's details. If the operation failed, its `error` text is the reason.
   * @throws ExporterError `unknown_operation` for an id that is not active, in strict mode
   */
  stopMonitoring(id: string, result?: OperationDetails, success = true): void {
    this.endMonitoring(id, success ? 'completed' : 'failed', result);
  }

  /**
   * Ends an operation with any outcome.
   *
   * @param result - merged into the operation's details. If the operation did not succeed, its `error` text is the reason.
   * @throws ExporterError `unknown_operation` for an id that is not active, in strict mode
   */
  endMonitoring(id: string, outcome: OperationOutcome, result?: OperationDetails): void {
    const kept = this.#keep(result);
    const reason = kept.details['error'];
    const error = !isSuccess(outcome) && typeof reason === 'string' ? reason : null;
    this.#end(keptName(id), outcome, error, kept);
  }

  /**
   * Ends an operation as cancelled, which is neither a success nor a failure.
   *
   * @throws ExporterError `unknown_operation` for an id that is not active, in strict mode
   */
  cancelMonitoring(id: string, reason?: string): void {
    this.#end(keptName(id), 'cancelled', reason ?? null);
  }

  /**
   * Runs `fn` as an operation. Operations that `fn` starts become its children. The operation is completed when `fn`
   * returns, cancelled when `fn` throws an `AbortError` or throws after `options.signal` was aborted, and failed when
   * `fn` throws any other error.
   *
   * @returns the result of `fn`
   * @throws the error of `fn`
   */
  async run<T>(
    operationName: string,
    fn: (operation: RunningOperation) => T | Promise<T>,
    options: RunOptions<T> = {},
  ): Promise<T> {
    return runOperation(this, operationName, fn, options, this.#onSubscriberError);
  }

  /**
   * Applies a step of an operation from another process, with that process's times. A step of an unknown operation
   * starts it first. The start of an active operation is ignored.
   */
  mirror(event: OperationEvent): void {
    const { kind, progress, error = null, timestampMs, duration } = event;
    const { onLimit, names } = this.#bounds;
    const operationId = wireName(event.operationId, onLimit);
    const kept = this.#keep(event.details);
    const isStarted = kind === 'started';
    if (!this.#book.active.has(operationId)) {
      this.#start({
        operationId,
        operationName: names.copyOf(event.operationName),
        parentId: event.parentId === null ? null : wireName(event.parentId, onLimit),
        timestampMs: Math.max(timestampMs - (duration ?? 0) * 1000, 0),
        kept: isStarted ? kept : NO_DETAILS,
        isEnding: !isStarted && kind !== 'progressed',
      });
    }
    if (isStarted) return;
    const operation = this.#book.active.get(operationId);
    if (!operation) return;
    // Uses the reporter's clock only, because reports arrive with a delay.
    const seconds = Math.max(timestampMs - operation.startTime.getTime(), 0) / 1000;
    if (kind === 'progressed') return this.#progress(operation, { progress, kept, seconds, timestampMs });
    this.#end(operationId, kind, error, kept, {
      endedAtMs: timestampMs,
      durationSeconds: duration ?? seconds,
    });
  }

  /** Runs `fn` so that the operations it starts become children of operation `id`. */
  within<T>(id: string, fn: () => T): T {
    return runInOperation({ sessionId: this.sessionId, operationId: keptName(id) }, fn);
  }

  /** Calls `subscriber` with every step of every operation, in order. */
  addSubscriber(subscriber: Subscriber<OperationEvent>): void {
    this.#events.subscribe(subscriber);
  }

  removeSubscriber(subscriber: Subscriber<OperationEvent>): void {
    this.#events.unsubscribe(subscriber);
  }

  /** The active operations and the last ended ones, by id. */
  get operations(): ReadonlyMap<string, Operation> {
    return this.#book.byId;
  }

  /** The active operations, oldest first. */
  get activeOperations(): readonly Operation[] {
    return [...this.#book.active.values()];
  }

  /** Number of active operations. */
  get activeCount(): number {
    return this.#book.active.size;
  }

  /** Number of kept ended operations. */
  get endedCount(): number {
    return this.#book.endedCount;
  }

  /** The id of the latest started operation that is still active, or null. */
  get currentOperation(): string | null {
    let latest: string | null = null;
    for (const id of this.#book.active.keys()) latest = id;
    return latest;
  }

  /** The operation that failed last, or null. */
  get lastFailed(): Operation | null {
    return this.#lastFailed;
  }

  /** All kept operations: the ended ones in the order of their ends, then the active ones. */
  allOperations(): readonly Operation[] {
    return this.#book.all();
  }

  /** The progress of a kept operation over time. Empty if it reported no progress. */
  progressOf(operation: Operation): readonly ProgressPoint[] {
    return (operation as OperationEntry).trail?.points ?? [];
  }

  /** Number of calls with the id of an inactive operation. */
  get ignoredCalls(): number {
    return this.#ignoredCalls;
  }

  /** The last `count` ended operations, oldest first. */
  endedOperations(count: number): readonly Operation[] {
    return this.#book.lastEnded(count);
  }

  /** The session's current state. */
  getCurrentMetrics(): CurrentMetrics {
    const { totalOperations, successRate, averageDuration } = this.getOperationSummary();
    return {
      sessionId: this.sessionId,
      currentOperation: this.currentOperation,
      activeOperations: this.activeOperations.slice(0, LISTED_ACTIVE),
      activeTotal: this.activeCount,
      recentlyCompleted: this.endedOperations(RECENTLY_COMPLETED),
      totalOperations,
      successRate,
      averageDuration,
      startTime: this.#startTime,
    };
  }

  /** Totals over all operations of the session. */
  getOperationSummary(): OperationSummary {
    return this.#totals.summary();
  }

  /** Ends the oldest active operation as unobserved. Its real end will be ignored. */
  evictOldest(): void {
    for (const id of this.#book.active.keys()) {
      this.#evicted += 1;
      return this.#end(id, 'unobserved', EVICTED);
    }
  }

  /** Removes an evicted session's operations from the shared limits. */
  detach(): void {
    this.#book.close();
  }

  #start(start: OperationStart): void {
    const {
      operationId,
      operationName,
      parentId,
      timestampMs,
      kept,
      request = null,
      isEnding = false,
    } = start;
    if (!isEnding && this.activeCount >= this.#bounds.maxActiveOperations) {
      this.evictOldest();
      this.#bounds.onLimit('operations_per_session');
    }
    const startTime = new Date(timestampMs);
    const ageMs = Math.max(this.#clock.now() - timestampMs, 0);
    const operation = startedEntry({
      operationId,
      operationName,
      sessionId: this.sessionId,
      parentId,
      startTime,
      startedAtMs: this.#clock.monotonic() - ageMs,
      request,
    });
    this.#book.add(operation);
    this.#book.addDetails(operation, kept);
    this.#totals.start();
    this.#startTime ??= startTime;
    this.#publish(operation, 'started', timestampMs, kept);
  }

  #progress(
    operation: OperationEntry,
    step: Pick<OperationEvent, 'progress' | 'timestampMs'> & {
      seconds: number;
      kept: KeptDetails;
    },
  ): void {
    const { progress, kept, seconds, timestampMs } = step;
    operation.status = 'running';
    operation.progress = progress;
    this.#book.addDetails(operation, kept);
    this.#book.addProgress(operation, seconds, progress);
    this.#publish(operation, 'progressed', timestampMs, kept);
  }

  #end(
    id: string,
    outcome: OperationOutcome,
    error: string | null,
    kept: KeptDetails = NO_DETAILS,
    reported: { endedAtMs: number; durationSeconds: number } | null = null,
  ): void {
    const operation = this.#book.active.get(id);
    if (!operation) return this.#ignore(id);
    const endedAtMs = reported?.endedAtMs ?? this.#clock.now();
    operation.status = outcome;
    operation.endTime = new Date(endedAtMs);
    operation.duration =
      reported?.durationSeconds ?? (this.#clock.monotonic() - operation.startedAtMs) / 1000;
    operation.error = error === null ? null : keepError(error, this.#bounds.redactor);
    if (isSuccess(outcome)) operation.progress = 100;
    this.#book.addDetails(operation, kept);

    this.#totals.end(outcome, operation.duration);
    if (isError(outcome)) this.#lastFailed = operation;
    this.#book.end(operation);
    this.#publish(operation, outcome, endedAtMs, kept);
    operation.request = null;
  }

  #publish(
    operation: OperationEntry,
    kind: OperationEvent['kind'],
    timestampMs: number,
    kept: KeptDetails,
  ): void {
    if (this.#events.hasSubscribers) this.#events.publish(eventOf(operation, kind, timestampMs, kept));
  }

  #keep(details: OperationDetails | undefined): KeptDetails {
    return details ? keepDetails(details, this.#bounds.redactor) : NO_DETAILS;
  }

  #parentId(): string | null {
    const context = currentOperationContext();
    return context?.sessionId === this.sessionId ? context.operationId : null;
  }

  #ignore(id: string, isEnd = true): void {
    // Probably the call of an evicted operation.
    if (this.#evicted > 0) {
      if (isEnd) this.#evicted -= 1;
      return;
    }
    if (this.#strict) throw new ExporterError('unknown_operation', `operation "${id}" is not active`);
    this.#ignoredCalls += 1;
  }
}

function requireText(name: string, value: string): void {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${name}: expected a non-empty string, received ${JSON.stringify(value)}`);
  }
}
