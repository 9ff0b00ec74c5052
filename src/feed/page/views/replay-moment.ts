import { isSuccess, OUTCOME_NAMES } from '../../../monitor/outcomes.ts';
import { createElement, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatDuration } from '../format.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { momentOf, type TimelineBar } from '../state/replay-timeline.ts';
import { KeyedViews } from './keyed-views.ts';
import { createOperationLink } from './operation-link.ts';

const MAX_RUNNING = 30;

/** The operations that were running at a moment, and the number of those that had ended. */
export class ReplayMoment {
  readonly element: HTMLElement;
  readonly #counts = createElement('p', 'hint');
  readonly #running = createElement('ul', 'replay-running');
  readonly #note = createElement('p', 'hint');
  readonly #shown = new KeyedViews({
    parent: this.#running,
    keyOf: ({ record }: TimelineBar) => record,
    create: ({ record }) => new RunningElement(record),
  });

  constructor() {
    this.element = createElement('div', '', this.#counts, this.#running, this.#note);
  }

  update(bars: readonly TimelineBar[], at: number): void {
    const { running, ended } = momentOf(bars, at);
    const counts = OUTCOME_NAMES.filter((outcome) => isSuccess(outcome) || ended[outcome] > 0).map(
      (outcome) => `${formatCount(ended[outcome])} ${outcome}`,
    );
    setText(this.#counts, [`${formatCount(running.length)} running`, ...counts].join(' · '));
    this.#shown.show(running.slice(0, MAX_RUNNING), (element, bar) => element.update(bar, at));
    const [next] = bars.filter(({ fromMs }) => fromMs > at).toSorted((a, b) => a.fromMs - b.fromMs);
    const more = running.length - MAX_RUNNING;
    const nothing = next
      ? `No operation was running. ${next.record.name} starts ${formatDuration((next.fromMs - at) / 1000)} later.`
      : 'All operations had ended.';
    setOptionalText(this.#note, more > 0 ? `and ${more} more` : running.length === 0 ? nothing : null);
  }
}

class RunningElement {
  readonly element: HTMLLIElement;
  readonly #record: OperationRecord;
  readonly #since = createElement('span', 'hint');

  constructor(record: OperationRecord) {
    this.#record = record;
    this.element = createElement('li', '', createOperationLink(record), this.#since);
  }

  update({ fromMs, toMs }: TimelineBar, at: number): void {
    const isOver = this.#record.durationSeconds !== null;
    const total = isOver ? ` of ${formatDuration((toMs - fromMs) / 1000)}` : '';
    setText(this.#since, `${formatDuration((at - fromMs) / 1000)}${total}`);
  }
}
