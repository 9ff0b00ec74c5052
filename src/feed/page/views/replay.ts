import { createButton, createElement, createPanel, setChanged, setText } from '../dom.ts';
import { formatDuration, formatExactTime, formatUtc } from '../format.ts';
import type { TimelineBar } from '../state/replay-timeline.ts';
import type { Span } from '../state/timeline.ts';
import { ReplayMoment } from './replay-moment.ts';
import { ReplayPicture } from './replay-picture.ts';

const STEPS = 1000;
const PLAY_MS = 15_000;
const PLAY_TICK_MS = 50;

/** A session's operations on a time axis, and the operations that were running at a selected moment. */
export class Replay {
  readonly element: HTMLElement;
  readonly #picture = new ReplayPicture((atMs) => {
    this.stop();
    this.#moveTo(atMs);
  });
  readonly #slider = createElement('input', '');
  readonly #play = createButton('', 'Play', () =>
    this.#playing === undefined ? this.#start() : this.stop(),
  );
  readonly #zoomIn = createButton('', 'Zoom in', () => this.#zoomBy(1 / 4));
  readonly #zoomOut = createButton('', 'Zoom out', () => this.#zoomBy(4));
  readonly #time = createElement('strong', '');
  readonly #moment = new ReplayMoment();
  #laidOut: readonly TimelineBar[] = [];
  #lanes = 1;
  #whole: Span = { fromMs: 0, toMs: 1 };
  /** The visible time range; null for all. */
  #zoom: Span | null = null;
  /** The selected moment; null for the end, which may move. */
  #atMs: number | null = null;
  #playing: ReturnType<typeof setInterval> | undefined;

  constructor() {
    Object.assign(this.#slider, { type: 'range', min: '0', max: String(STEPS), ariaLabel: 'Moment' });
    this.#slider.addEventListener('input', () => this.#onSlide());
    const back = createButton('', '‹', () => this.#step(-1));
    back.ariaLabel = back.title = 'Previous step';
    const on = createButton('', '›', () => this.#step(1));
    on.ariaLabel = on.title = 'Next step';
    this.element = createPanel(
      'Replay',
      createElement('div', 'actions', this.#play, back, on, this.#zoomIn, this.#zoomOut),
      createElement('div', 'replay', this.#picture.element, this.#slider, this.#picture.axis),
      createElement('p', '', this.#time),
      this.#moment.element,
    );
  }

  /** Prepares for another session: shows all of it, at its end. */
  reset(): void {
    this.stop();
    this.#zoom = null;
    this.#atMs = null;
    this.#laidOut = [];
  }

  update(bars: readonly TimelineBar[], lanes: number): void {
    this.#laidOut = bars;
    this.#lanes = Math.max(1, lanes);
    const [first] = bars.toSorted((a, b) => a.fromMs - b.fromMs);
    const toMs = Math.max(...bars.map((bar) => bar.toMs), (first?.fromMs ?? 0) + 1);
    this.#whole = { fromMs: first?.fromMs ?? 0, toMs };
    // A range at the end moves with the end.
    if (this.#zoom && this.#atMs === null) {
      this.#zoom = { fromMs: toMs - (this.#zoom.toMs - this.#zoom.fromMs), toMs };
    }
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#playing);
    this.#playing = undefined;
    setText(this.#play, 'Play');
  }

  get #shown(): Span {
    return this.#zoom ?? this.#whole;
  }

  get #at(): number {
    return this.#atMs ?? this.#whole.toMs;
  }

  #draw(): void {
    const { fromMs, toMs } = this.#shown;
    this.#picture.draw(this.#laidOut, this.#lanes, this.#shown);
    this.#setDisabled(this.#zoomOut, this.#zoom === null, this.#zoomIn);
    this.#setDisabled(this.#zoomIn, toMs - fromMs < 20, this.#zoomOut);
    this.#showMoment();
  }

  /** Disables a button, and moves its focus to another one. */
  #setDisabled(button: HTMLButtonElement, isDisabled: boolean, other: HTMLButtonElement): void {
    const hadFocus = document.activeElement === button;
    setChanged(button, 'disabled', isDisabled);
    if (isDisabled && hadFocus) other.focus();
  }

  #showMoment(): void {
    const { fromMs, toMs } = this.#shown;
    const at = this.#at;
    const part = (at - fromMs) / Math.max(1, toMs - fromMs);
    const shown = Math.min(1, Math.max(0, part));
    this.#picture.mark(shown);
    setChanged(this.#slider, 'value', String(Math.round(shown * STEPS)));
    const offset = formatDuration(Math.max(0, at - this.#whole.fromMs) / 1000);
    const time = formatExactTime(at, this.#whole.toMs);
    this.#slider.setAttribute('aria-valuetext', `${time}, ${offset} into the session`);
    setText(this.#time, `${time} · ${offset} into the session`);
    setChanged(this.#time, 'title', formatUtc(at));
    this.#moment.update(this.#laidOut, at);
  }

  #onSlide(): void {
    this.stop();
    const { fromMs, toMs } = this.#shown;
    this.#moveTo(fromMs + (Number(this.#slider.value) / STEPS) * (toMs - fromMs));
  }

  #moveTo(atMs: number): void {
    const { fromMs, toMs } = this.#whole;
    this.#atMs = atMs >= toMs ? null : Math.max(fromMs, atMs);
    if (this.#zoom && (this.#at < this.#zoom.fromMs || this.#at > this.#zoom.toMs)) this.#zoomBy(1);
    else this.#showMoment();
  }

  /** Goes to the next moment at which an operation starts or ends. */
  #step(direction: 1 | -1): void {
    this.stop();
    const at = this.#at;
    const moments = this.#laidOut.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).toSorted((a, b) => a - b);
    const next = direction > 0 ? moments.find((each) => each > at) : moments.findLast((each) => each < at);
    if (next !== undefined) this.#moveTo(next);
  }

  #start(): void {
    if (this.#at >= this.#shown.toMs) this.#moveTo(this.#shown.fromMs);
    setText(this.#play, 'Stop');
    this.#playing = setInterval(() => {
      const { fromMs, toMs } = this.#shown;
      const to = this.#at + ((toMs - fromMs) * PLAY_TICK_MS) / PLAY_MS;
      if (to >= toMs) this.stop();
      this.#moveTo(Math.min(to, toMs));
    }, PLAY_TICK_MS);
  }

  /** Zooms around the selected moment. */
  #zoomBy(factor: number): void {
    const { fromMs, toMs } = this.#shown;
    const lengthMs = Math.max(10, (toMs - fromMs) * factor);
    if (lengthMs >= this.#whole.toMs - this.#whole.fromMs) this.#zoom = null;
    else {
      const start = Math.max(
        this.#whole.fromMs,
        Math.min(this.#at - lengthMs / 2, this.#whole.toMs - lengthMs),
      );
      this.#zoom = { fromMs: start, toMs: start + lengthMs };
    }
    this.#draw();
  }
}
