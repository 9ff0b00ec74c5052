import { createElement, setChanged, setText } from '../dom.ts';
import { formatCount, formatDuration } from '../format.ts';
import { summarizeError } from '../state/error-summary.ts';
import type { FeedRow } from '../state/operation-filter.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { MAX_CHILDREN } from '../state/operation-store.ts';
import { operationHref } from '../state/page-address.ts';
import type { SessionStore } from '../state/session-store.ts';
import { isForNewTab, openInNewTab } from './new-tab.ts';
import { StatusSign } from './status-sign.ts';
import { createTime, setTime } from './time-element.ts';
import type { VirtualRow } from './virtual-list.ts';

export interface FeedRowContext {
  readonly cursor: OperationRecord | null;
  readonly nowMs: number;
  readonly sessions: SessionStore;
  readonly toggle: (record: OperationRecord) => void;
  readonly open: (record: OperationRecord) => void;
}

const INDENT_PX = 18;
let lastId = 0;

/** One row of the feed. Rows are reused for other operations. */
export class FeedRowView implements VirtualRow<FeedRow> {
  readonly element = createElement('div', 'feed-row');
  readonly #context: () => FeedRowContext;
  readonly #toggle = createElement('span', 'toggle');
  readonly #sign = new StatusSign();
  readonly #link = createElement('a', 'name');
  readonly #stagesCount = createElement('span', '');
  readonly #stagesWord = createElement('span', '');
  readonly #stages = createElement('span', 'stages', this.#stagesCount, this.#stagesWord);
  readonly #what = createElement('span', 'what');
  readonly #where = createElement('span', 'where');
  readonly #duration = createElement('span', 'duration');
  readonly #when = createTime('when');
  #record: OperationRecord | null = null;

  constructor(context: () => FeedRowContext) {
    this.#context = context;
    this.element.role = 'row';
    this.element.id = `feed-row-${++lastId}`;
    // The list has the focus and references the active row, because rows are reused.
    this.#link.tabIndex = -1;
    this.#toggle.ariaHidden = 'true';
    this.#toggle.addEventListener('click', () => {
      if (this.#record) context().toggle(this.#record);
    });
    for (const type of ['click', 'auxclick'] as const) {
      this.element.addEventListener(type, (event) => this.#onClick(event));
    }
    const cell = (className: string, ...children: Node[]): HTMLElement => {
      const element = createElement('span', className, ...children);
      element.role = 'gridcell';
      return element;
    };
    this.element.append(
      cell('cell-name', this.#toggle, this.#sign.element, this.#link, this.#stages),
      cell('cell-what', this.#what),
      cell('cell-where', this.#where),
      cell('cell-duration', this.#duration),
      cell('cell-when', this.#when),
    );
  }

  update({ record, level, isExpanded }: FeedRow, index: number): void {
    const { cursor, nowMs, sessions } = this.#context();
    const { element } = this;
    const hasStages = record.children.length > 0;
    if (this.#record !== record) this.#setRecord(record);
    setChanged(element, 'ariaRowIndex', String(index + 1));
    setChanged(element, 'ariaLevel', String(level + 1));
    setChanged(element, 'ariaExpanded', hasStages ? String(isExpanded) : null);
    setChanged(element, 'ariaSelected', String(record === cursor));
    setText(this.#toggle, hasStages ? (isExpanded ? '▾' : '▸') : '');
    setText(this.#stagesCount, hasStages && !isExpanded ? formatStages(record.children.length) : '');
    setText(this.#stagesWord, record.children.length === 1 ? ' stage' : ' stages');
    setChanged(this.#stages, 'hidden', !hasStages || isExpanded);
    const indent = level === 0 ? '' : `${level * INDENT_PX}px`;
    if (element.style.paddingInlineStart !== indent) element.style.paddingInlineStart = indent;
    setText(this.#where, level > 0 ? '' : sessions.placeOf(record.sessionId));
    setChanged(this.#where, 'title', sessions.namesOf(record.sessionId));
    this.#sign.update(record.status);
    setText(this.#duration, record.durationSeconds === null ? '' : formatDuration(record.durationSeconds));
    setTime(this.#when, record.endedAtMs, nowMs);
  }

  /** A click on the row acts like one on its link, except on a link or after selecting text. */
  #onClick(event: MouseEvent): void {
    const isTaken = event.target instanceof Element && event.target.closest('a, .toggle') !== null;
    if (isTaken || event.button > 1 || !this.#record || getSelection()?.isCollapsed === false) return;
    if (event.button === 1 || isForNewTab(event)) openInNewTab(this.#link.href);
    else this.#context().open(this.#record);
  }

  #setRecord(record: OperationRecord): void {
    const { name, error, message } = record;
    this.#record = record;
    this.element.dataset['status'] = record.status;
    this.#link.href = operationHref(record);
    setText(this.#link, name);
    this.#link.title = name;
    // The operation's page shows the whole text.
    setText(this.#what, (error ? summarizeError(error) : (message ?? '')).slice(0, 300));
    this.#what.title = error || (message ?? '');
  }
}

/** Beyond the maximum, only some stages are kept. */
function formatStages(count: number): string {
  return count < MAX_CHILDREN ? formatCount(count) : `${formatCount(MAX_CHILDREN)}+`;
}
