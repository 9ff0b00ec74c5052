import { createElement, setChildren, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatDuration } from '../format.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { operationHref } from '../state/page-address.ts';
import { momentOf, type TimelineBar } from '../state/timeline.ts';

const MAX_RUNNING = 30;

/** What was running at a moment, and what had ended by then. */
export class ReplayMoment {
  readonly element: HTMLElement;
  readonly #counts = createElement('p', 'hint');
  readonly #running = createElement('ul', 'replay-running');
  readonly #note = createElement('p', 'hint');
  /** Elements stay while what they show does: they can have the focus while it goes on. */
  #runningOf = new Map<OperationRecord, RunningElement>();

  constructor() {
    this.element = createElement('div', '', this.#counts, this.#running, this.#note);
  }

  update(bars: readonly TimelineBar[], at: number): void {
    const { running, completed, failed, cancelled } = momentOf(bars, at);
    const counts = [`${formatCount(running.length)} running`, `${formatCount(completed)} completed`];
    if (failed > 0) counts.push(`${formatCount(failed)} failed`);
    if (cancelled > 0) counts.push(`${formatCount(cancelled)} cancelled`);
    setText(this.#counts, counts.join(' · '));
    const before = this.#runningOf;
    this.#runningOf = new Map();
    for (const bar of running.slice(0, MAX_RUNNING)) {
      const element = before.get(bar.record) ?? new RunningElement(bar.record);
      element.update(bar, at);
      this.#runningOf.set(bar.record, element);
    }
    setChildren(
      this.#running,
      [...this.#runningOf.values()].map(({ element }) => element),
    );
    const [next] = bars.filter(({ fromMs }) => fromMs > at).toSorted((a, b) => a.fromMs - b.fromMs);
    const more = running.length - MAX_RUNNING;
    const nothing = next
      ? `Nothing was running. ${next.record.name} starts ${formatDuration((next.fromMs - at) / 1000)} later.`
      : 'Nothing is running any more.';
    setOptionalText(this.#note, more > 0 ? `and ${more} more` : running.length === 0 ? nothing : null);
  }
}

class RunningElement {
  readonly element: HTMLLIElement;
  readonly #record: OperationRecord;
  readonly #since = createElement('span', 'hint');

  constructor(record: OperationRecord) {
    this.#record = record;
    const link = createElement('a', 'name', record.name);
    link.href = operationHref(record);
    this.element = createElement('li', '', link, this.#since);
  }

  update({ fromMs, toMs }: TimelineBar, at: number): void {
    const isOver = this.#record.durationSeconds !== null;
    const total = isOver ? ` of ${formatDuration((toMs - fromMs) / 1000)}` : '';
    setText(this.#since, `${formatDuration((at - fromMs) / 1000)}${total}`);
  }
}
