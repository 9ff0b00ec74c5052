import type { OperationStatus } from '../../monitor/operation.ts';
import { createElement, setChanged, setOptionalText, setText } from './dom.ts';
import {
  formatDateTime,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatTime,
  formatValue,
} from './format.ts';
import { operationHistoryUrl } from './grafana-links.ts';
import type { OperationRecord } from './session-operations.ts';

/** Each status has its own sign: colour alone tells nothing to some. */
const SIGNS: Readonly<Record<OperationStatus, string>> = {
  started: '○',
  running: '◐',
  completed: '✓',
  failed: '✕',
  cancelled: '⊘',
};

/** One operation's row, with its progress, what it says, its details, and room for its stages. */
export class OperationView {
  readonly element = createElement('li', 'operation');
  readonly stages = createElement('ul', 'stages');
  readonly #sign = createElement('span', 'sign');
  readonly #status = createElement('span', 'status-name');
  readonly #name = createElement('span', 'operation-name');
  readonly #percent = createElement('span', 'percent');
  readonly #duration = createElement('span', 'duration');
  readonly #when = createElement('time', 'when');
  readonly #progress = createElement('progress', 'progress');
  readonly #message = createElement('p', 'message');
  readonly #error = createElement('p', 'error');
  readonly #facts = createElement('dl', 'facts');
  readonly #disclosure = createElement('details', 'disclosure');
  readonly #record: OperationRecord;
  #grafanaUrl: string | null = null;
  #shownDetails: OperationRecord['details'] | null = null;

  constructor(record: OperationRecord) {
    this.#record = record;
    setText(this.#name, record.name);
    this.#name.title = record.name;
    this.#sign.ariaHidden = 'true';
    this.#progress.max = 100;
    this.#progress.ariaLabel = `Progress of ${record.name}`;
    const status = createElement('span', 'status', this.#sign, this.#status);
    const row = createElement(
      'summary',
      'row',
      status,
      this.#name,
      this.#percent,
      this.#duration,
      this.#when,
    );
    this.#disclosure.append(row, this.#facts);
    this.#disclosure.addEventListener('toggle', () => this.#updateFacts());
    this.element.append(this.#disclosure, this.#progress, this.#message, this.#error, this.stages);
  }

  /** @param grafanaUrl - null where there is none to link to */
  update(nowMs: number, grafanaUrl: string | null): void {
    this.#grafanaUrl = grafanaUrl;
    const record = this.#record;
    setChanged(this.element.dataset, 'status', record.status);
    setText(this.#sign, SIGNS[record.status]);
    setText(this.#status, record.status);
    this.#updateProgress();
    this.#updateTimes(nowMs);
    setOptionalText(this.#message, record.message === record.error ? null : record.message);
    setOptionalText(this.#error, record.error);
    this.#updateFacts();
  }

  /** Moves the clock of an active operation. */
  tick(nowMs: number): void {
    const { startedAtMs, endedAtMs } = this.#record;
    if (endedAtMs !== null || startedAtMs === null) return;
    setText(this.#duration, formatElapsed((nowMs - startedAtMs) / 1000));
  }

  #updateProgress(): void {
    const record = this.#record;
    const isActive = record.endedAtMs === null;
    setChanged(this.#progress, 'hidden', !isActive);
    // Nothing is known of how far a started one is: the bar says so, too.
    if (record.status === 'started') this.#progress.removeAttribute('value');
    else if (!this.#progress.hasAttribute('value') || this.#progress.value !== record.progress) {
      this.#progress.value = record.progress;
    }
    const isPartial =
      record.status === 'running' || (!isActive && record.progress > 0 && record.progress < 100);
    setText(this.#percent, isPartial ? formatPercent(record.progress) : '');
  }

  #updateTimes(nowMs: number): void {
    const { endedAtMs, durationSeconds } = this.#record;
    if (endedAtMs === null) return this.tick(nowMs);
    setText(this.#duration, durationSeconds === null ? '' : formatDuration(durationSeconds));
    setText(this.#when, formatTime(endedAtMs, nowMs));
    setChanged(this.#when, 'dateTime', new Date(endedAtMs).toISOString());
  }

  /** Nobody reads what is closed, so that nothing is written there. */
  #updateFacts(): void {
    const record = this.#record;
    if (!this.#disclosure.open || this.#shownDetails === record.details) return;
    this.#shownDetails = record.details;
    const shownAbove = new Set([record.message, record.error]);
    const facts: [string, string][] = [
      ['id', record.id],
      [
        'started',
        record.startedAtMs === null ? 'before this page was opened' : formatDateTime(record.startedAtMs),
      ],
    ];
    for (const [name, value] of Object.entries(record.details)) {
      const text = formatValue(value);
      if (!shownAbove.has(text)) facts.push([name, text]);
    }
    this.#facts.replaceChildren(
      ...facts.flatMap(([name, text]) => [createElement('dt', '', name), createElement('dd', '', text)]),
      ...this.#historyFact(),
    );
  }

  #historyFact(): HTMLElement[] {
    const { name, startedAtMs } = this.#record;
    if (this.#grafanaUrl === null || startedAtMs === null) return [];
    const link = createElement('a', '', 'all of this name, in Grafana');
    link.href = operationHistoryUrl(this.#grafanaUrl, name, startedAtMs);
    link.target = '_blank';
    link.rel = 'noreferrer';
    return [createElement('dt', '', 'history'), createElement('dd', '', link)];
  }
}
