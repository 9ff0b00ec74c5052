import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent, PipelineEvent } from '../monitor/events.ts';
import { operationKey } from '../monitor/operation.ts';
import { isRated, OUTCOME_NAMES, type OperationOutcome } from '../monitor/outcomes.ts';
import { pipelineCatalogue } from './catalogue.ts';
import type { InstrumentFactory } from './instrument-factory.ts';
import type { Gauge } from './instruments.ts';
import { MAX_OPERATION_NAMES, type LabelLimiter } from '../monitor/label-limiter.ts';
import type { Config } from '../settings/config.ts';

/** Updates the metrics of {@link pipelineCatalogue}: all operations, and the linter's results. */
export class OperationMetrics {
  readonly #clock: Clock;
  readonly #slowOperationSeconds: number;
  readonly #names: LabelLimiter;
  readonly #known = new Set<string>();
  readonly #activeSince = new Map<string, { name: string; startedAtMs: number }>();
  readonly #duration;
  readonly #started;
  readonly #ended;
  readonly #active;
  readonly #lastCompletion;
  readonly #slow;
  readonly #memory;
  readonly #cpu;
  readonly #scanFiles;
  readonly #scanIssues;
  readonly #fixes;

  constructor(
    factory: InstrumentFactory,
    clock: Clock,
    config: Pick<Config, 'slowOperationSeconds' | 'highErrorRatePercent'>,
  ) {
    this.#clock = clock;
    this.#slowOperationSeconds = config.slowOperationSeconds;
    this.#names = factory.limiter('operation', MAX_OPERATION_NAMES);
    this.#duration = factory.histogram(pipelineCatalogue.operationDuration);
    this.#started = factory.counter(pipelineCatalogue.operationsStarted);
    this.#ended = factory.counter(pipelineCatalogue.operationsEnded);
    this.#active = factory.gauge(pipelineCatalogue.operationsActive);
    factory.computed(pipelineCatalogue.oldestActive, (gauge) => this.#computeOldest(gauge));
    this.#lastCompletion = factory.gauge(pipelineCatalogue.lastCompletion);
    this.#slow = factory.counter(pipelineCatalogue.slowOperations);
    this.#memory = factory.histogram(pipelineCatalogue.operationMemory);
    this.#cpu = factory.histogram(pipelineCatalogue.operationCpu);
    this.#scanFiles = factory.counter(pipelineCatalogue.scanFiles);
    this.#scanIssues = factory.counter(pipelineCatalogue.scanIssues);
    this.#fixes = factory.counter(pipelineCatalogue.fixes);

    this.#scanFiles.add([], 0);
    for (const severity of ['error', 'warning']) this.#scanIssues.add([severity], 0);
    for (const result of ['applied', 'failed']) this.#fixes.add([result], 0);
    factory.gauge(pipelineCatalogue.slowThreshold).set([], config.slowOperationSeconds);
    factory.gauge(pipelineCatalogue.errorRateThreshold).set([], config.highErrorRatePercent / 100);
  }

  /** The label value for an operation's name. */
  labelFor(operationName: string): string {
    const name = this.#names.limit(operationName);
    // Stryker disable next-line ConditionalExpression: adding 0 again only takes time
    if (!this.#known.has(name)) this.#introduce(name);
    return name;
  }

  onStarted(event: OperationEvent): void {
    const name = this.labelFor(event.operationName);
    this.#started.add([name]);
    this.#active.add([name], 1);
    this.#activeSince.set(operationKey(event.sessionId, event.operationId), {
      name,
      // Another process may have reported the start with a delay.
      startedAtMs: this.#clock.monotonic() - Math.max(this.#clock.now() - event.timestampMs, 0),
    });
  }

  onEnded(event: OperationEvent, outcome: OperationOutcome): void {
    const name = this.labelFor(event.operationName);
    if (this.#activeSince.delete(operationKey(event.sessionId, event.operationId)))
      this.#active.add([name], -1);
    this.recordEnd(name, event.duration ?? 0, outcome);
  }

  recordEnd(name: string, durationSeconds: number, outcome: OperationOutcome): void {
    this.#ended.add([name, outcome]);
    this.#duration.observe([name, outcome], durationSeconds);
    this.#lastCompletion.set([name, outcome], this.#clock.now() / 1000);
    if (isRated(outcome) && durationSeconds > this.#slowOperationSeconds) this.#slow.add([name]);
  }

  recordUsage(name: string, memoryBytes: number | undefined, cpuSeconds: number | undefined): void {
    if (memoryBytes !== undefined) this.#memory.observe([name], memoryBytes);
    if (cpuSeconds !== undefined) this.#cpu.observe([name], cpuSeconds);
  }

  onPipelineEvent(event: PipelineEvent): void {
    switch (event.type) {
      case 'files_scanned':
        return this.#scanFiles.add([], event.files);
      case 'issues_found':
        this.#scanIssues.add(['error'], event.errors);
        return this.#scanIssues.add(['warning'], event.warnings);
      case 'fixes_tried':
        this.#fixes.add(['applied'], event.applied);
        return this.#fixes.add(['failed'], event.failed);
    }
  }

  /** Starts the counters of a new name at 0, so that `rate()` includes its first failure. */
  #introduce(name: string): void {
    this.#known.add(name);
    for (const outcome of OUTCOME_NAMES.filter(isRated)) this.#ended.add([name, outcome], 0);
    this.#started.add([name], 0);
    this.#active.add([name], 0);
    this.#slow.add([name], 0);
  }

  #computeOldest(gauge: Gauge<typeof pipelineCatalogue.oldestActive>): void {
    gauge.zero();
    for (const name of this.#known) gauge.add([name], 0);
    const now = this.#clock.monotonic();
    const seen = new Set<string>();
    // Operations are in start order, so the first with a name is the oldest.
    for (const { name, startedAtMs } of this.#activeSince.values()) {
      if (!seen.has(name)) gauge.set([name], (now - startedAtMs) / 1000);
      seen.add(name);
    }
  }
}
