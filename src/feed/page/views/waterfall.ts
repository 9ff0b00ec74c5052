import { createElement, setChanged, setText } from '../dom.ts';
import { formatDuration, formatTick } from '../format.ts';
import { familyOf } from '../state/operation-family.ts';
import { elapsedSeconds, type OperationRecord } from '../state/operation-record.ts';
import { mostRelevant, spanOf, stagesOf, ticksOf, type Span, type Stage } from '../state/timeline.ts';
import { Changes } from './changes.ts';
import { KeyedViews } from './keyed-views.ts';
import { createOperationLink } from './operation-link.ts';
import { StatusSign } from './status-sign.ts';

/** Maximum number of stages that are drawn. */
const MAX_ROWS = 300;
const TICKS = 4;

/** An operation and its stages on a common time axis. */
export class Waterfall {
  readonly element = createElement('div', 'waterfall');
  readonly #axis = createElement('div', 'axis');
  readonly #list = createElement('ul', '');
  readonly #more = createElement('p', 'hint');
  readonly #rows = new KeyedViews({
    parent: this.#list,
    keyOf: ({ record }: Stage) => record,
    create: (stage) => new WaterfallRow(stage),
  });
  readonly #axisChanges = new Changes();

  constructor() {
    this.#axis.ariaHidden = 'true';
    this.element.append(this.#axis, this.#list, this.#more);
  }

  update(root: OperationRecord, nowMs: number): void {
    const stages = stagesOf(root);
    const span = boundsOf(root, nowMs);
    this.#rows.show(mostRelevant(stages, MAX_ROWS), (row) => row.update(span, nowMs));
    setText(this.#more, stages.length > MAX_ROWS ? `and ${stages.length - MAX_ROWS} more` : '');
    this.#updateAxis(span);
  }

  #updateAxis(span: Span): void {
    const lengthMs = span.toMs - span.fromMs;
    if (!this.#axisChanges.have(lengthMs)) return;
    const ticks = ticksOf({ fromMs: 0, toMs: lengthMs }, TICKS).filter((atMs) => atMs < lengthMs * 0.95);
    this.#axis.replaceChildren(
      ...ticks.map((atMs) => {
        const tick = createElement('span', 'tick', formatTick(atMs));
        tick.style.left = `${(atMs / lengthMs) * 100}%`;
        return tick;
      }),
    );
  }
}

class WaterfallRow {
  readonly element = createElement('li', 'waterfall-row');
  readonly #record: OperationRecord;
  readonly #sign = new StatusSign();
  readonly #bar = createElement('span', 'bar');
  readonly #duration = createElement('span', 'duration');

  constructor({ record, level }: Stage) {
    this.#record = record;
    const label = createElement('span', 'waterfall-name', this.#sign.element, createOperationLink(record));
    label.style.paddingInlineStart = `${Math.min(level, 8) * 14}px`;
    this.element.append(label, createElement('span', 'track', this.#bar), this.#duration);
  }

  update(span: Span, nowMs: number): void {
    const { fromMs, toMs } = spanOf(this.#record, nowMs);
    const lengthMs = Math.max(1, span.toMs - span.fromMs);
    const percent = (ms: number): string => `${((ms / lengthMs) * 100).toFixed(3)}%`;
    setChanged(this.#bar.style, 'left', percent(fromMs - span.fromMs));
    setChanged(this.#bar.style, 'width', percent(toMs - fromMs));
    setChanged(this.#bar.dataset, 'status', this.#record.status);
    this.#sign.update(this.#record.status);
    const elapsed = elapsedSeconds(this.#record, nowMs);
    setText(this.#duration, elapsed === null ? '' : formatDuration(elapsed));
  }
}

/** A stage may end after its parent and, with different clocks, begin before it. */
function boundsOf(root: OperationRecord, nowMs: number): Span {
  const spans = [...familyOf(root)].map((record) => spanOf(record, nowMs));
  return {
    fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...spans.map(({ toMs }) => toMs)),
  };
}
