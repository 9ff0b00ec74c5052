import { elementById, setChildren, setOptionalText, setText } from '../dom.ts';
import { formatCount, formatTime } from '../format.ts';
import type { Live } from '../state/live.ts';
import { isActive, type OperationRecord } from '../state/operation-record.ts';
import type { Usuals } from '../state/usuals.ts';
import { NowRow } from './now-row.ts';

/** More running operations than a person reads; the rest is a number. */
const MAX_SHOWN = 100;

/** What is running, the longest running first. Under the pointer nothing moves: what has ended stays until it leaves. */
export class NowView {
  readonly #list = elementById('now-list', HTMLUListElement);
  readonly #count = elementById('now-count', HTMLSpanElement);
  readonly #note = elementById('now-note', HTMLParagraphElement);
  readonly #silence = elementById('silence', HTMLSpanElement);
  readonly #live: Live;
  readonly #usuals: Usuals;
  #rows = new Map<OperationRecord, NowRow>();
  #isHeld = false;

  constructor(live: Live, usuals: Usuals) {
    this.#live = live;
    this.#usuals = usuals;
    const hold = (isHeld: boolean) => () => (this.#isHeld = isHeld);
    this.#list.addEventListener('pointerenter', hold(true));
    this.#list.addEventListener('pointerleave', hold(false));
    this.#list.addEventListener('focusin', hold(true));
    this.#list.addEventListener('focusout', hold(false));
  }

  render(): void {
    const { operations, sessions, slowSeconds, nowMs, isConnected, heardAtMs, serverNowMs } = this.#live;
    const active = operations.activeRoots;
    const held = this.#isHeld ? [...this.#rows.keys()].filter((record) => !isActive(record)) : [];
    const shown = held.length === 0 ? active : [...held, ...active].toSorted(byStart);
    const before = this.#rows;
    this.#rows = new Map();
    for (const record of shown.slice(0, MAX_SHOWN)) {
      const row = before.get(record) ?? new NowRow(record);
      const place = sessions.placeOf(record.sessionId);
      row.update({ nowMs, place, usual: this.#usuals.of(record.label), slowSeconds });
      this.#rows.set(record, row);
    }
    setChildren(
      this.#list,
      [...this.#rows.values()].map(({ element }) => element),
    );
    setText(this.#count, formatCount(active.length));
    const more = active.length - MAX_SHOWN;
    setOptionalText(
      this.#note,
      more > 0 ? `and ${formatCount(more)} more` : shown.length === 0 ? 'Nothing is running.' : null,
    );
    const silence = heardAtMs === null ? null : `as last heard at ${formatTime(heardAtMs, serverNowMs)}`;
    setOptionalText(this.#silence, isConnected ? null : silence);
  }
}

function byStart(a: OperationRecord, b: OperationRecord): number {
  return (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0);
}
