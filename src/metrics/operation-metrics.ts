import { OperationsInProgress } from '../monitor/operations-in-progress.ts';
import type { Clock } from '../monitor/clock.ts';
import type { OperationEvent, PipelineEvent } from '../monitor/events.ts';
import { isRated, OUTCOME_NAMES, type OperationOutcome } from '../monitor/outcomes.ts';
import { LABELS, pipelineCatalogue } from './catalogue.ts';
import type { InstrumentFactory } from './instrument-factory.ts';
import type { Gauge } from './instruments.ts';
import type { PerformanceMetric } from '../monitor/performance-metric.ts';
import type { LabelLimiter } from '../monitor/label-limiter.ts';
import type { NameLimiter } from './name-limiter.ts';
import type { Config } from '../settings/config.ts';

/** The MCP server of a session; null if it has none or is unknown. */
export type ServerOf = (sessionId: string) => string | null;

/** Interned: each server and name has one object. */
type OperationLabels = readonly [server: string, name: string];

/** Updates the metrics of {@link pipelineCatalogue}: all operations, and the linter's results. */
export class OperationMetrics {
  readonly #clock: Clock;
  readonly #slowOperationSeconds: number;
  readonly #names: NameLimiter;
  readonly #serverOf: ServerOf;
  readonly #servers: LabelLimiter;
  /** By server and name. */
  readonly #labels = new Map<string, Map<string, OperationLabels>>();
  readonly #inProgress: OperationsInProgress<OperationLabels>;
  readonly #duration;
  readonly #started;
  readonly #ended;
  readonly #active;
  readonly #oldest;
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
    serverOf: ServerOf,
    config: Pick<Config, 'slowOperationSeconds' | 'highErrorRatePercent'>,
  ) {
    this.#clock = clock;
    this.#inProgress = new OperationsInProgress(clock, config);
    this.#serverOf = serverOf;
    this.#slowOperationSeconds = config.slowOperationSeconds;
    this.#servers = factory.servers;
    this.#names = factory.names(LABELS.operation);
    this.#duration = factory.histogram(pipelineCatalogue.operationDuration);
    this.#started = factory.counter(pipelineCatalogue.operationsStarted);
    this.#ended = factory.counter(pipelineCatalogue.operationsEnded);
    this.#active = factory.gauge(pipelineCatalogue.operationsActive);
    this.#oldest = factory.computed(pipelineCatalogue.oldestActive, (gauge) => this.#computeOldest(gauge));
    factory.computed(pipelineCatalogue.operationsStalled, (gauge) => this.#computeStalled(gauge));
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

  /** Starts the outcomes of an operation that has not run yet at 0. Its other series start with its first run. */
  onListed(serverName: string, operationName: string): void {
    const server = this.#servers.limit(serverName);
    const name = this.#names.offer(server, operationName);
    if (name !== null) this.#introduceOutcomes([server, name], OUTCOME_NAMES.filter(isRated));
  }

  onStarted(event: OperationEvent): void {
    const labels = this.#labelsOf(this.#serverOf(event.sessionId), event.operationName);
    this.#started.add(labels);
    this.#active.add(labels, 1);
    const replaced = this.#inProgress.start(event, labels);
    if (replaced) this.#active.add(replaced, -1);
  }

  onProgressed(event: OperationEvent): void {
    this.#inProgress.progress(event);
  }

  onEnded(event: OperationEvent, outcome: OperationOutcome): void {
    const known = this.#inProgress.end(event);
    if (known) this.#active.add(known, -1);
    const labels = known ?? this.#labelsOf(this.#serverOf(event.sessionId), event.operationName);
    this.#recordEnd(labels, event.duration ?? 0, outcome);
  }

  /** Records an operation that has no session, and so no server. */
  record(metric: PerformanceMetric, outcome: OperationOutcome): void {
    const labels = this.#labelsOf(null, metric.operationType);
    this.#recordEnd(labels, metric.duration, outcome);
    if (metric.memoryUsage !== undefined) this.#memory.observe(labels, metric.memoryUsage);
    if (metric.cpuUsage !== undefined) this.#cpu.observe(labels, metric.cpuUsage);
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

  #recordEnd(labels: OperationLabels, durationSeconds: number, outcome: OperationOutcome): void {
    this.#ended.add([...labels, outcome]);
    this.#duration.observe([...labels, outcome], durationSeconds);
    this.#lastCompletion.set([...labels, outcome], this.#clock.now() / 1000);
    if (isRated(outcome) && durationSeconds > this.#slowOperationSeconds) this.#slow.add(labels);
  }

  #labelsOf(serverName: string | null, operationName: string): OperationLabels {
    const server = serverName === null ? '' : this.#servers.limit(serverName);
    const name = this.#names.limit(server, operationName);
    return this.#labels.get(server)?.get(name) ?? this.#introduce([server, name]);
  }

  /** Starts the series of a new name at 0, so that `rate()` includes its first failure. */
  #introduce(labels: OperationLabels): OperationLabels {
    const [server, name] = labels;
    const ofServer = this.#labels.get(server) ?? new Map<string, OperationLabels>();
    this.#labels.set(server, ofServer.set(name, labels));
    this.#introduceOutcomes(labels, OUTCOME_NAMES);
    for (const each of [this.#started, this.#active, this.#oldest, this.#slow]) each.add(labels, 0);
    return labels;
  }

  #introduceOutcomes(labels: OperationLabels, outcomes: readonly OperationOutcome[]): void {
    for (const outcome of outcomes) this.#ended.add([...labels, outcome], 0);
  }

  #computeOldest(gauge: Gauge<typeof pipelineCatalogue.oldestActive>): void {
    gauge.zero();
    for (const [labels, seconds] of this.#inProgress.oldest()) gauge.set(labels, seconds);
  }

  #computeStalled(gauge: Gauge<typeof pipelineCatalogue.operationsStalled>): void {
    gauge.zero();
    for (const [labels, { count }] of this.#inProgress.stalled()) gauge.set(labels, count);
  }
}
