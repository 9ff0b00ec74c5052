import { elementById, setChanged, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatTime } from '../format.ts';
import { FROM_MEMORY } from '../state/history-note.ts';
import type { Live } from '../state/live.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import type { Usuals } from '../state/usuals.ts';
import { KeyedViews } from './keyed-views.ts';
import { NowRow } from './now-row.ts';

/** Number of running operations that are shown, and that are added each time more are requested. */
const PORTION = 100;

/** Running operations, longest running first. Under the pointer, rows keep their position, and ended ones stay. */
export class NowView {
  readonly #list = elementById('now-list', HTMLUListElement);
  readonly #count = elementById('now-count', HTMLSpanElement);
  readonly #more = elementById('now-more', HTMLButtonElement);
  readonly #note = elementById('now-note', HTMLParagraphElement);
  readonly #stale = elementById('now-stale', HTMLSpanElement);
  readonly #live: Live;
  readonly #usuals: Usuals;
  readonly #rows = new KeyedViews({
    parent: this.#list,
    keyOf: (record: OperationRecord) => record,
    create: (record) => new NowRow(record),
  });
  #limit = PORTION;
  #isPointed = false;
  #isFocused = false;

  constructor(live: Live, usuals: Usuals) {
    this.#live = live;
    this.#usuals = usuals;
    this.#list.addEventListener('pointerenter', () => (this.#isPointed = true));
    this.#list.addEventListener('pointerleave', () => (this.#isPointed = false));
    this.#list.addEventListener('focusin', () => (this.#isFocused = true));
    this.#list.addEventListener('focusout', () => (this.#isFocused = false));
    this.#more.addEventListener('click', () => this.#showMore());
  }

  render(): void {
    const { operations, sessions, slowSeconds, nowMs, isCurrent, isLoaded, lostAtMs, serverNowMs } =
      this.#live;
    const active = operations.activeRoots;
    const isHeld = this.#isPointed || this.#isFocused;
    if (!isHeld && active.length <= PORTION) this.#limit = PORTION;
    // While the list is held, rows keep their position and new ones are appended.
    const shown = isHeld ? [...new Set([...this.#rows.keys, ...active])] : active;
    this.#rows.show(shown.slice(0, this.#limit), (row, { label }) => {
      row.update({ nowMs, sessions, usual: this.#usuals.of(label), slowSeconds });
    });
    const { unnamedActive } = operations;
    const count = active.length + unnamedActive;
    setText(this.#count, isLoaded || count > 0 ? formatCount(count) : '');
    const more = active.length - this.#limit;
    const next = more > PORTION ? `${formatCount(PORTION)} of ${formatCount(more)}` : formatCount(more);
    setOptionalText(this.#more, more > 0 ? `Show ${next} more` : null);
    setOptionalText(this.#note, this.#noteOf(shown.length, unnamedActive));
    setChanged(this.#note, 'title', this.#usuals.problem ?? '');
    setOptionalText(
      this.#stale,
      isCurrent || lostAtMs === null ? null : `as of ${formatTime(lostAtMs, serverNowMs)}`,
    );
  }

  #noteOf(shown: number, unnamed: number): string | null {
    // They are listed after their next event.
    if (unnamed > 0)
      return unnamed === 1
        ? '1 more running operation is not listed.'
        : `${formatCount(unnamed)} more running operations are not listed.`;
    if (shown > 0) return this.#usuals.problem === null ? null : `Usual durations: ${FROM_MEMORY}.`;
    return this.#live.isLoaded ? 'No running operations.' : null;
  }

  /** If no more are left, the button is hidden, and the focus moves to the first added row. */
  #showMore(): void {
    const first = this.#rows.keys.length;
    this.#limit += PORTION;
    this.render();
    if (this.#more.hidden) this.#list.children[first]?.querySelector('a')?.focus();
  }
}
