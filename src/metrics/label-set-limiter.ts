import { OTHER } from '../monitor/other-label.ts';
import { LABELS, type MetricDefinition } from './catalogue.ts';
import { otherErrorType } from './error-type-limiter.ts';
import type { SeriesBudget } from './series-budget.ts';

/** Labels whose values are names from outside. */
const NAMES: ReadonlySet<string> = new Set([LABELS.tool, LABELS.prompt, LABELS.operation]);
/** Labels that keep their value beyond a metric's limit, because they have few values. */
const FIXED: ReadonlySet<string> = new Set([
  LABELS.server,
  LABELS.method,
  LABELS.transport,
  'direction',
  'status',
]);

/** Called when a value or a label set is replaced because of a limit. */
export type OnOverflow = (label: string) => void;

/**
 * Bounds the label sets of one metric. Beyond a limit, labels become `_OTHER`, but never the server and never the outcome:
 * a success stays a success, so that sums by server, method and outcome are exact.
 */
export class LabelSetLimiter {
  readonly #definition: MetricDefinition;
  readonly #budget: SeriesBudget;
  readonly #onOverflow: OnOverflow;
  /** Lines of a label set in the exposition. */
  readonly #seriesPerLabelSet: number;
  readonly #isOfServer: boolean;
  readonly #hasNames: boolean;
  readonly #labelSets = new Map<string, number>();

  constructor(definition: MetricDefinition, budget: SeriesBudget, onOverflow: OnOverflow) {
    const { labels, buckets } = definition;
    this.#definition = definition;
    this.#budget = budget;
    this.#onOverflow = onOverflow;
    // Buckets with +Inf, the sum and the count.
    this.#seriesPerLabelSet = buckets ? buckets.length + 3 : 1;
    this.#isOfServer = labels[0] === LABELS.server;
    this.#hasNames = this.#isOfServer && labels.some((label) => NAMES.has(label));
  }

  /** Whether the values themselves are limited, so that their label sets can be remembered. */
  get isBounded(): boolean {
    return this.#hasNames;
  }

  /** The label set for new `values`: the values themselves, or with `_OTHER` in some of them. */
  fit(values: readonly string[]): readonly string[] {
    const fitting = this.#hasNames ? this.#fitNames(values) : this.#fitValues(values);
    if (fitting !== values) this.#onOverflow(this.#definition.name);
    return fitting;
  }

  /** Counts a new label set. */
  take(values: readonly string[]): void {
    const server = this.#serverOf(values);
    this.#labelSets.set(server, (this.#labelSets.get(server) ?? 0) + 1);
    if (this.#isOfServer) this.#budget.take(server, this.#seriesPerLabelSet);
  }

  #fitNames(values: readonly string[]): readonly string[] {
    const server = this.#serverOf(values);
    const isHistogram = this.#definition.type === 'histogram';
    if (isHistogram && !this.#budget.hasRoom(server, 'histograms')) {
      return this.#replace(values, (label) => NAMES.has(label));
    }
    if (this.#budget.hasRoom(server, 'busyCounters')) return values;
    return this.#replace(values, (label) => label === 'error_type');
  }

  #fitValues(values: readonly string[]): readonly string[] {
    const labelSets = this.#labelSets.get(this.#serverOf(values)) ?? 0;
    if (labelSets < (this.#definition.maxLabelSets ?? Infinity)) return values;
    return this.#replace(values, (label) => !FIXED.has(label));
  }

  #replace(values: readonly string[], isReplaced: (label: string) => boolean): readonly string[] {
    const { labels } = this.#definition;
    const replaced = values.map((value, i) => {
      const label = labels[i] ?? '';
      if (value === '' || !isReplaced(label)) return value;
      return label === 'error_type' ? otherErrorType(value) : OTHER;
    });
    return replaced.some((value, i) => value !== values[i]) ? replaced : values;
  }

  #serverOf(values: readonly string[]): string {
    return this.#isOfServer ? (values[0] ?? '') : '';
  }
}
