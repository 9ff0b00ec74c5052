import { elementById, setChanged, setOptionalText, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import type { Live } from '../state/live.ts';
import { createMatcher, feedRows, isEmpty, type FeedRow } from '../state/operation-filter.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import {
  NO_FILTER,
  operationAddress,
  operationHref,
  type OperationFilter,
  type PageAddress,
} from '../state/page-address.ts';
import { FeedRowView } from './feed-row.ts';
import { isForNewTab, openInNewTab } from './new-tab.ts';
import { MAX_PRINTED, VirtualList } from './virtual-list.ts';

/**
 * Ended operations, latest first. The list is held while the pointer is over it, while it has a keyboard cursor, and while
 * it is scrolled. New operations are then only counted.
 */
export class FeedView {
  readonly #viewport = elementById('feed-list', HTMLDivElement);
  readonly #count = elementById('feed-count', HTMLSpanElement);
  /** Announces the matches of a filter to screen readers, but not each new operation. */
  readonly #announcement = elementById('feed-status', HTMLSpanElement);
  readonly #fresh = elementById('feed-new', HTMLButtonElement);
  readonly #pause = elementById('feed-pause', HTMLButtonElement);
  readonly #note = elementById('feed-note', HTMLParagraphElement);
  readonly #printNote = elementById('feed-print-note', HTMLParagraphElement);
  readonly #live: Live;
  readonly #goTo: (address: PageAddress) => void;
  readonly #list: VirtualList<FeedRow>;
  readonly #expanded = new WeakMap<OperationRecord, boolean>();
  #filter: OperationFilter = NO_FILTER;
  #rows: readonly FeedRow[] = [];
  /** The operations that are shown. While the list is held, it lacks new ones. */
  #roots: readonly OperationRecord[] = [];
  #revision = -1;
  #built: readonly unknown[] = [];
  #cursor: OperationRecord | null = null;
  #mustAnnounce = false;
  #isPaused = false;
  #isPointed = false;
  #isFocused = false;
  /** The scroll position when the page was hidden. */
  #savedScrollTop = 0;
  /** The keyboard cursor when the page was hidden; null if there was none. */
  #savedCursor: OperationRecord | null = null;

  constructor(live: Live, goTo: (address: PageAddress) => void) {
    this.#live = live;
    this.#goTo = goTo;
    this.#list = new VirtualList({
      viewport: this.#viewport,
      content: elementById('feed-rows', HTMLDivElement),
      keyOf: ({ record }) => record,
      createRow: () =>
        new FeedRowView(() => ({
          cursor: this.#isFocused ? this.#cursor : null,
          nowMs: live.serverNowMs,
          sessions: live.sessions,
          toggle: (record) => this.#toggle(record),
          open: (record) => this.#open(record),
        })),
    });
    this.#viewport.addEventListener('pointerenter', () => (this.#isPointed = true));
    this.#viewport.addEventListener('pointerleave', () => (this.#isPointed = false));
    this.#viewport.addEventListener('focus', () => this.#setFocused(true));
    this.#viewport.addEventListener('blur', () => this.#setFocused(false));
    this.#viewport.addEventListener('keydown', (event) => this.#onKey(event));
    this.#fresh.addEventListener('click', () => this.#release());
    this.#pause.addEventListener('click', () => this.#setPaused(!this.#isPaused));
  }

  /** Saves the position, so that it can be restored. */
  hide(): void {
    this.#savedScrollTop = this.#viewport.scrollTop;
    this.#savedCursor = this.#isFocused ? this.#cursor : null;
  }

  restoreFocus(): boolean {
    if (this.#savedCursor === null) return false;
    this.#viewport.focus({ preventScroll: true });
    this.#cursor = this.#savedCursor;
    this.#showCursor();
    return this.#isFocused;
  }

  setFilter(filter: OperationFilter): void {
    const isSame = JSON.stringify(filter) === JSON.stringify(this.#filter);
    this.#filter = filter;
    this.#mustAnnounce = !isEmpty(filter);
    if (isEmpty(filter)) setText(this.#announcement, '');
    this.#viewport.scrollTop = isSame ? this.#savedScrollTop : 0;
  }

  render(): void {
    const { operations, sessions } = this.#live;
    const isHeld = this.#isHeld;
    if (!isHeld && this.#revision !== operations.endedRevision) {
      this.#revision = operations.endedRevision;
      // A copy, so that a held list does not change.
      this.#roots = operations.endedRoots.slice();
    }
    const state = [this.#roots, this.#filter, sessions.revision];
    const [roots, filter, revision] = this.#built;
    if (roots !== this.#roots || filter !== this.#filter || (!isHeld && revision !== sessions.revision)) {
      this.#built = state;
      this.#build();
    }
    this.#renderHead(isHeld);
  }

  get #isHeld(): boolean {
    const isRead =
      this.#isPointed || (this.#isFocused && this.#cursor !== null) || this.#viewport.scrollTop > 0;
    return this.#isPaused || (isRead && this.#rows.length > 0);
  }

  #build(): void {
    const matches = createMatcher(this.#filter, this.#live.sessions);
    this.#rows = feedRows(this.#roots, { matches, isExpanded: (record) => this.#expanded.get(record) });
    setChanged(this.#viewport, 'ariaRowCount', String(this.#rows.length));
    this.#list.setItems(this.#rows);
    this.#showCursor();
  }

  #renderHead(isHeld: boolean): void {
    const { operations, isLoaded } = this.#live;
    const roots = operations.endedRoots;
    const isFiltered = !isEmpty(this.#filter);
    const shown = this.#rows.filter(({ level }) => level === 0).length;
    setText(
      this.#count,
      isFiltered ? `${formatCount(shown)} of ${formatCount(roots.length)}` : formatCount(roots.length),
    );
    const fresh = isHeld ? this.#countFresh() : 0;
    if (this.#mustAnnounce && isLoaded) {
      this.#mustAnnounce = false;
      setText(
        this.#announcement,
        `${formatCount(shown)} of ${formatCount(roots.length)} ended operations match`,
      );
    }
    // The button keeps its space while it is hidden, so that the layout does not move.
    setText(this.#fresh, fresh > 0 ? `Show ${formatCount(fresh)} new` : '');
    this.#fresh.classList.toggle('is-empty', fresh === 0);
    setChanged(this.#fresh, 'disabled', fresh === 0);
    setChanged(this.#viewport, 'hidden', this.#rows.length === 0);
    const note = isFiltered ? 'No matching operations.' : 'No ended operations yet.';
    setOptionalText(this.#note, this.#rows.length === 0 && isLoaded ? note : null);
    const isCut = this.#rows.length > MAX_PRINTED;
    setOptionalText(
      this.#printNote,
      isCut ? `The first ${formatCount(MAX_PRINTED)} of ${formatCount(this.#rows.length)} rows.` : null,
    );
  }

  /** Counts the new operations that match the filter. */
  #countFresh(): number {
    const roots = this.#live.operations.endedRoots;
    const last = this.#roots.at(-1);
    const fresh = roots.slice(last ? roots.lastIndexOf(last) + 1 : 0);
    if (isEmpty(this.#filter)) return fresh.length;
    const matches = createMatcher(this.#filter, this.#live.sessions);
    return feedRows(fresh, { matches, isExpanded: () => false }).length;
  }

  /** Shows the new operations. A pause continues. */
  #release(): void {
    const hadFocus = document.activeElement === this.#fresh;
    this.#viewport.scrollTop = 0;
    this.#cursor = null;
    this.#roots = this.#live.operations.endedRoots.slice();
    this.#build();
    this.#renderHead(this.#isHeld);
    // The button is hidden now, so it cannot keep the focus.
    if (hadFocus) this.#viewport.focus({ preventScroll: true });
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#pause.classList.toggle('primary', isPaused);
    setText(this.#pause, isPaused ? 'Resume' : 'Pause');
    if (!isPaused) this.#release();
  }

  #setFocused(isFocused: boolean): void {
    this.#isFocused = isFocused;
    if (isFocused) {
      // A cursor is only needed if the focus came from the keyboard.
      const isByKey = this.#viewport.matches(':focus-visible');
      const isSeen = this.#cursor !== null && this.#list.rowOf(this.#cursor) !== undefined;
      if (!isByKey) this.#cursor = null;
      else if (!isSeen) this.#cursor = this.#rows[this.#list.firstSeen]?.record ?? null;
    }
    this.#showCursor();
  }

  #toggle(record: OperationRecord): void {
    const row = this.#rows.find((each) => each.record === record);
    if (!row || record.children.length === 0) return;
    this.#expanded.set(record, !row.isExpanded);
    this.#build();
  }

  #showCursor(): void {
    this.#list.render();
    const row = this.#cursor && this.#isFocused ? this.#list.rowOf(this.#cursor) : undefined;
    if (row) this.#viewport.setAttribute('aria-activedescendant', row.element.id);
    else this.#viewport.removeAttribute('aria-activedescendant');
  }

  /** Keys as in https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/#keyboardinteraction */
  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && isForNewTab(event) && this.#cursor) {
      event.preventDefault();
      return openInNewTab(operationHref(this.#cursor));
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const found = this.#rows.findIndex(({ record }) => record === this.#cursor);
    const row = this.#rows[found];
    // Without a cursor, the first visible row is used.
    const index = row ? found : this.#list.firstSeen;
    const step = row ? 1 : 0;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#moveTo(index + step),
      ArrowUp: () => this.#moveTo(index - step),
      PageDown: () => this.#moveTo(index + this.#list.pageLength),
      PageUp: () => this.#moveTo(index - this.#list.pageLength),
      Home: () => this.#moveTo(0),
      End: () => this.#moveTo(this.#rows.length - 1),
      ArrowRight: () => row && (row.isExpanded ? this.#moveTo(index + 1) : this.#toggle(row.record)),
      ArrowLeft: () => row && this.#close(row),
      ' ': () => row && this.#toggle(row.record),
      Enter: () => row && this.#open(row.record),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  #close({ record, isExpanded }: FeedRow): void {
    if (isExpanded) return this.#toggle(record);
    const parent = this.#rows.findIndex((each) => each.record === record.parent);
    if (parent >= 0) this.#moveTo(parent);
  }

  #open(record: OperationRecord): void {
    this.#goTo(operationAddress(record));
  }

  #moveTo(index: number): void {
    const to = Math.max(0, Math.min(index, this.#rows.length - 1));
    this.#cursor = this.#rows[to]?.record ?? null;
    this.#list.reveal(to);
    this.#showCursor();
  }
}
