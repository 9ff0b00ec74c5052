import { elementById, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatTime } from '../format.ts';
import type { Live } from '../state/live.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import type { Usuals } from '../state/usuals.ts';
import { KeyedViews } from './keyed-views.ts';
import { NowRow } from './now-row.ts';

/** More running operations than a person reads at once; so many more each time that more are asked for. */
const PORTION = 100;

/** What is running, the longest running first. Under the pointer nothing moves: what has ended stays until it leaves. */
export class NowView {
  readonly #list = elementById('now-list', HTMLUListElement);
  readonly #count = elementById('now-count', HTMLSpanElement);
  readonly #more = elementById('now-more', HTMLButtonElement);
  readonly #note = elementById('now-note', HTMLParagraphElement);
  readonly #silence = elementById('silence', HTMLSpanElement);
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
    const { operations, sessions, slowSeconds, nowMs, isConnected, isLoaded, heardAtMs, serverNowMs } =
      this.#live;
    const active = operations.activeRoots;
    const isHeld = this.#isPointed || this.#isFocused;
    if (!isHeld && active.length <= PORTION) this.#limit = PORTION;
    // What is held keeps its place: what comes stands below it.
    const shown = isHeld ? [...new Set([...this.#rows.keys, ...active])] : active;
    this.#rows.show(shown.slice(0, this.#limit), (row, { sessionId, label }) => {
      row.update({ nowMs, place: sessions.placeOf(sessionId), usual: this.#usuals.of(label), slowSeconds });
    });
    const { unnamedActive } = operations;
    const count = active.length + unnamedActive;
    setText(this.#count, isLoaded || count > 0 ? formatCount(count) : '');
    const more = active.length - this.#limit;
    const next = more > PORTION ? `${formatCount(PORTION)} of ${formatCount(more)}` : formatCount(more);
    setOptionalText(this.#more, more > 0 ? `Show ${next} more` : null);
    setOptionalText(this.#note, this.#noteOf(shown.length, unnamedActive));
    setOptionalText(
      this.#silence,
      isConnected || heardAtMs === null ? null : `as last heard at ${formatTime(heardAtMs, serverNowMs)}`,
    );
  }

  #noteOf(shown: number, unnamed: number): string | null {
    // They are shown once there is something new of them.
    if (unnamed > 0) return `${formatCount(unnamed)} more are running: too many to list.`;
    return shown === 0 && this.#live.isLoaded ? 'Nothing is running.' : null;
  }

  /** Where none is left the button goes, and reading goes on with the first of those that came. */
  #showMore(): void {
    const first = this.#rows.keys.length;
    this.#limit += PORTION;
    this.render();
    if (this.#more.hidden) this.#list.children[first]?.querySelector('a')?.focus();
  }
}
