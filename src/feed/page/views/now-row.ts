import { createElement, setChanged, setOptionalText, setText } from '../dom.ts';
import { formatDuration, formatElapsed, formatPercent } from '../format.ts';
import { elapsedSeconds, isActive, type OperationRecord } from '../state/operation-record.ts';
import { paceOf, type Usual } from '../state/pace.ts';
import type { SessionStore } from '../state/session-store.ts';
import { createOperationLink } from './operation-link.ts';
import { StatusSign } from './status-sign.ts';

export interface NowRowContext {
  readonly nowMs: number;
  readonly sessions: SessionStore;
  readonly usual: Usual | undefined;
  readonly slowSeconds: number | null;
}

/** A running operation with its progress, its current stage, and its estimated remaining time. */
export class NowRow {
  readonly element = createElement('li', 'now-row');
  readonly #record: OperationRecord;
  readonly #sign = new StatusSign();
  readonly #clock = createElement('span', 'clock');
  readonly #where = createElement('span', 'where');
  readonly #stage = createElement('span', 'stage');
  readonly #percent = createElement('span', 'percent');
  readonly #pace = createElement('span', 'pace');
  readonly #progress = createElement('progress', 'progress');

  constructor(record: OperationRecord) {
    this.#record = record;
    this.#progress.max = 100;
    this.#progress.ariaLabel = `Progress of ${record.name}`;
    this.element.append(
      createElement('div', 'now-line', this.#sign.element, createOperationLink(record), this.#clock),
      this.#progress,
      createElement('div', 'now-line small', this.#stage, this.#percent),
      createElement('div', 'now-line small', this.#where, this.#pace),
    );
  }

  update({ nowMs, sessions, usual, slowSeconds }: NowRowContext): void {
    const record = this.#record;
    const elapsed = elapsedSeconds(record, nowMs);
    const stage = deepestStage(record);
    this.#sign.update(record.status);
    setText(this.#where, sessions.placeOf(record.sessionId));
    setChanged(this.#where, 'title', sessions.namesOf(record.sessionId));
    setText(this.#stage, stage ? stageText(stage) : (record.message ?? ''));
    setChanged(this.#stage, 'title', this.#stage.textContent);
    this.#updateProgress(record);
    setChanged(this.element.dataset, 'status', record.status);
    if (!isActive(record)) {
      setText(this.#clock, elapsed === null ? '' : formatDuration(elapsed));
      setText(this.#pace, record.status);
      delete this.element.dataset['pace'];
      return;
    }
    setText(this.#clock, elapsed === null ? '…' : formatElapsed(elapsed));
    const pace = paceOf(elapsed ?? 0, usual, slowSeconds);
    setOptionalText(this.#pace, pace.text);
    setChanged(this.element.dataset, 'pace', pace.isSlow ? 'slow' : pace.isLong ? 'long' : '');
  }

  #updateProgress({ status, progress }: OperationRecord): void {
    setText(this.#percent, status === 'started' ? '' : formatPercent(progress));
    // Without progress events, the bar is indeterminate.
    if (status === 'started') this.#progress.removeAttribute('value');
    else if (!this.#progress.hasAttribute('value') || this.#progress.value !== progress) {
      this.#progress.value = progress;
    }
  }
}

/** The latest running stage at the deepest level. */
function deepestStage(record: OperationRecord): OperationRecord | null {
  let stage = record;
  for (let next = stage.children.findLast(isActive); next; next = stage.children.findLast(isActive))
    stage = next;
  return stage === record ? null : stage;
}

function stageText({ name, status, progress, message }: OperationRecord): string {
  const percent = status === 'started' || progress === 0 ? '' : ` ${formatPercent(progress)}`;
  return `${name}${percent}${message === null ? '' : ` · ${message}`}`;
}
