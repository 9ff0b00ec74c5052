import { elementById, setChildren, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatTime } from '../format.ts';
import type { Live } from '../state/live.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import type { Usuals } from '../state/usuals.ts';
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
  #rows = new Map<OperationRecord, NowRow>();
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
    const before = this.#rows;
    const isHeld = this.#isPointed || this.#isFocused;
    if (!isHeld && active.length <= PORTION) this.#limit = PORTION;
    // What is held keeps its place: what comes stands below it.
    const shown = isHeld ? [...new Set([...before.keys(), ...active])] : active;
    this.#rows = new Map();
    for (const record of shown.slice(0, this.#limit)) {
      const row = before.get(record) ?? new NowRow(record);
      const place = sessions.placeOf(record.sessionId);
      row.update({ nowMs, place, usual: this.#usuals.of(record.label), slowSeconds });
      this.#rows.set(record, row);
    }
    setChildren(
      this.#list,
      [...this.#rows.values()].map(({ element }) => element),
    );
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
    const first = this.#rows.size;
    this.#limit += PORTION;
    this.render();
    if (this.#more.hidden) this.#list.children[first]?.querySelector('a')?.focus();
  }
}
