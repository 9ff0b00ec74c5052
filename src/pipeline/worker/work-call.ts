import { setImmediate } from 'node:timers/promises';

import type { PipelineEvent } from '../../monitor/events.ts';
import type { LimitName } from '../../monitor/limits.ts';
import type { OperationDetails } from '../../monitor/operation.ts';
import { inSteps, type Report } from './progress.ts';
import type { FromWorker, SessionRecord, StageName } from '../contract/protocol.ts';

const MAX_TEXT = 1000;

interface StageOptions<T> {
  readonly details?: OperationDetails;
  readonly summarize?: (result: T) => OperationDetails;
}

/** The tool call of this worker. Reports events to the exporter, and stops the work if the call is cancelled. */
export class WorkCall {
  readonly signal: AbortSignal;
  /** Why files were not linted, by path. */
  readonly skipReasons = new Map<string, string>();
  /** Progress of the whole call. */
  readonly report: Report;
  readonly #send: (message: FromWorker) => Promise<void>;
  /** The active stages, outermost first. */
  readonly #stages: number[] = [];
  #stagesStarted = 0;

  constructor(channel: { cancelled: AbortSignal; send: (message: FromWorker) => Promise<void> }) {
    this.signal = channel.cancelled;
    this.#send = (message) => channel.send(message);
    this.report = inSteps((fraction, message) => {
      const percent = Math.round(fraction * 1000) / 10;
      return this.#send({ type: 'progressed', percent, message: cut(message) });
    });
  }

  /** Runs a part of the call as its own operation, whose progress `work` reports. */
  async stage<T>(
    name: StageName,
    report: Report,
    work: (report: Report) => Promise<T>,
    options: StageOptions<T> = {},
  ): Promise<T> {
    const stage = (this.#stagesStarted += 1);
    const parent = this.#stages.at(-1) ?? null;
    await this.#send({ type: 'stage_started', stage, parent, name, details: plain(options.details) });
    this.#stages.push(stage);
    // A failure fails the call, which ends all stages.
    const result = await work(
      inSteps(async (fraction, message) => {
        const percent = fraction * 100;
        await this.#send({ type: 'stage_progressed', stage, percent, message: cut(message) });
        await report(fraction, message);
      }),
    );
    this.#stages.pop();
    await this.#send({ type: 'stage_completed', stage, details: plain(options.summarize?.(result)) });
    return result;
  }

  /**
   * Stops the work between two files if the call was cancelled.
   *
   * @throws DOMException `AbortError`
   */
  async checkpoint(): Promise<void> {
    await setImmediate();
    this.signal.throwIfAborted();
  }

  publish(event: PipelineEvent): Promise<void> {
    return this.#send({ type: 'event', event });
  }

  record(record: SessionRecord): Promise<void> {
    return this.#send({ type: 'record', record });
  }

  log(level: 'info' | 'warning', message: string): Promise<void> {
    return this.#send({ type: 'log', level, message: cut(message) });
  }

  limitReached(limit: LimitName, count = 1): Promise<void> {
    return this.#send({ type: 'limit', limit, count });
  }
}

function plain(details: OperationDetails = {}): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'number' ? value : cut(String(value)),
    ]),
  );
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT);
}
