import {
  createButton,
  createElement,
  createPanel,
  createSvg,
  setChanged,
  setChildren,
  setOptionalText,
  setText,
} from '../dom.ts';
import { formatCount, formatDuration, formatExactTime, formatTime, formatUtc } from '../format.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { operationHref } from '../state/page-address.ts';
import { momentOf, ticksOf, type Span, type TimelineBar } from '../state/timeline.ts';

const WIDTH = 1000;
const LANE = 16;
const BAR = 12;
/** An operation of a millisecond in an hour can be seen, and met with the pointer. */
const LEAST_WIDTH = 2.5;
const MAX_TICKS = 5;
/** Of a letter on the axis, with some room. */
const LETTER_PX = 7.5;
const STEPS = 1000;
const PLAY_MS = 15_000;
const PLAY_TICK_MS = 50;
const MAX_RUNNING = 30;

/** A session's operations on an axis of time, and a moment on it that can be moved: what was running then? */
export class Replay {
  readonly element: HTMLElement;
  readonly #picture = createElement('div', 'replay-picture');
  readonly #axis = createElement('div', 'axis');
  readonly #slider = createElement('input', '');
  readonly #play = createButton('', 'Play', () =>
    this.#playing === undefined ? this.#start() : this.stop(),
  );
  readonly #zoomIn = createButton('', 'Zoom in', () => this.#zoomBy(1 / 4));
  readonly #zoomOut = createButton('', 'Zoom out', () => this.#zoomBy(4));
  readonly #time = createElement('strong', '');
  readonly #counts = createElement('span', 'hint');
  readonly #running = createElement('ul', 'replay-running');
  readonly #note = createElement('p', 'hint');
  readonly #head = createSvg('line', { class: 'replay-head', y1: 0 });
  readonly #bars = createSvg('g', {});
  readonly #svg = createSvg(
    'svg',
    { preserveAspectRatio: 'none', role: 'presentation' },
    this.#bars,
    this.#head,
  );
  /** Elements stay while what they show does: they can be clicked and focused while it goes on. */
  #barOf = new Map<OperationRecord, BarElement>();
  #runningOf = new Map<OperationRecord, RunningElement>();
  #laidOut: readonly TimelineBar[] = [];
  #lanes = 1;
  #whole: Span = { fromMs: 0, toMs: 1 };
  /** The stretch that is shown; null for all of it. */
  #zoom: Span | null = null;
  /** The chosen moment; null for the end, which may move. */
  #atMs: number | null = null;
  #playing: ReturnType<typeof setInterval> | undefined;

  constructor() {
    const picture = this.#picture;
    picture.append(this.#svg);
    // It scrolls where there are many lanes, also for who has no pointer.
    picture.tabIndex = 0;
    picture.role = 'group';
    this.#axis.ariaHidden = 'true';
    Object.assign(this.#slider, { type: 'range', min: '0', max: String(STEPS), ariaLabel: 'Moment' });
    this.#slider.addEventListener('input', () => this.#onSlide());
    this.#svg.addEventListener('pointerdown', (event) => this.#onPoint(event));
    new ResizeObserver(() => this.#drawAxis()).observe(this.#axis);
    const back = createButton('', '‹', () => this.#step(-1));
    back.ariaLabel = back.title = 'To the step before';
    const on = createButton('', '›', () => this.#step(1));
    on.ariaLabel = on.title = 'To the next step';
    this.element = createPanel(
      'Replay',
      createElement('div', 'actions', this.#play, back, on, this.#zoomIn, this.#zoomOut),
      createElement('div', 'replay', picture, this.#slider, this.#axis),
      createElement('p', '', this.#time, ' ', this.#counts),
      this.#running,
      this.#note,
    );
  }

  /** Another session: from its end, with all of it in sight. */
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
    // Who looks at the end goes on with it.
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
    const height = this.#lanes * LANE;
    this.#svg.setAttribute('viewBox', `0 0 ${WIDTH} ${height}`);
    this.#svg.style.height = `${height}px`;
    this.#picture.ariaLabel = `${formatCount(this.#laidOut.length)} operations over time`;
    const scale = WIDTH / Math.max(1, toMs - fromMs);
    const shown = this.#laidOut.filter((bar) => bar.toMs >= fromMs && bar.fromMs <= toMs);
    const barsBefore = this.#barOf;
    this.#barOf = new Map();
    for (const bar of shown) {
      const element = barsBefore.get(bar.record) ?? new BarElement(bar.record);
      element.update(bar, (bar.fromMs - fromMs) * scale, scale);
      this.#barOf.set(bar.record, element);
    }
    setChildren(
      this.#bars,
      [...this.#barOf.values()].map(({ element }) => element),
    );
    this.#head.setAttribute('y2', String(height));
    this.#drawAxis();
    this.#setDisabled(this.#zoomOut, this.#zoom === null, this.#zoomIn);
    this.#setDisabled(this.#zoomIn, toMs - fromMs < 20, this.#zoomOut);
    this.#showMoment();
  }

  /** The focus does not go with a button that has done all it can. */
  #setDisabled(button: HTMLButtonElement, isDisabled: boolean, other: HTMLButtonElement): void {
    const hadFocus = document.activeElement === button;
    setChanged(button, 'disabled', isDisabled);
    if (isDisabled && hadFocus) other.focus();
  }

  #drawAxis(): void {
    const { fromMs, toMs } = this.#shown;
    const format = toMs - fromMs < 5000 ? formatExactTime : formatTime;
    const letters = format(fromMs, toMs).length;
    const room = Math.floor(this.#axis.clientWidth / (letters * LETTER_PX + 12));
    const ticks = ticksOf({ fromMs, toMs }, Math.max(1, Math.min(MAX_TICKS, room - 1)));
    this.#axis.replaceChildren(
      ...ticks.map((atMs) => {
        const tick = createElement('span', 'tick', format(atMs, toMs));
        tick.style.left = `${((atMs - fromMs) / Math.max(1, toMs - fromMs)) * 100}%`;
        return tick;
      }),
    );
  }

  #showMoment(): void {
    const { fromMs, toMs } = this.#shown;
    const at = this.#at;
    const part = (at - fromMs) / Math.max(1, toMs - fromMs);
    const x = Math.min(1, Math.max(0, part)) * WIDTH;
    this.#head.setAttribute('x1', String(x));
    this.#head.setAttribute('x2', String(x));
    const value = String(Math.round(Math.min(1, Math.max(0, part)) * STEPS));
    if (this.#slider.value !== value) this.#slider.value = value;
    const offset = formatDuration(Math.max(0, at - this.#whole.fromMs) / 1000);
    const time = formatExactTime(at, this.#whole.toMs);
    this.#slider.setAttribute('aria-valuetext', `${time}, ${offset} into the session`);
    setText(this.#time, `${time} · ${offset} into the session`);
    setChanged(this.#time, 'title', formatUtc(at));
    this.#showRunning(at);
  }

  #showRunning(at: number): void {
    const { running, completed, failed, cancelled } = momentOf(this.#laidOut, at);
    const counts = [`${formatCount(running.length)} running`, `${formatCount(completed)} completed`];
    if (failed > 0) counts.push(`${formatCount(failed)} failed`);
    if (cancelled > 0) counts.push(`${formatCount(cancelled)} cancelled`);
    setText(this.#counts, counts.join(' · '));
    const before = this.#runningOf;
    this.#runningOf = new Map();
    for (const bar of running.slice(0, MAX_RUNNING)) {
      const element = before.get(bar.record) ?? new RunningElement(bar.record);
      element.update(bar, at);
      this.#runningOf.set(bar.record, element);
    }
    setChildren(
      this.#running,
      [...this.#runningOf.values()].map(({ element }) => element),
    );
    const [next] = this.#laidOut.filter(({ fromMs }) => fromMs > at).toSorted((a, b) => a.fromMs - b.fromMs);
    const more = running.length - MAX_RUNNING;
    const nothing = next
      ? `Nothing was running. ${next.record.name} starts ${formatDuration((next.fromMs - at) / 1000)} later.`
      : 'Nothing is running any more.';
    setOptionalText(this.#note, more > 0 ? `and ${more} more` : running.length === 0 ? nothing : null);
  }

  #onSlide(): void {
    this.stop();
    const { fromMs, toMs } = this.#shown;
    this.#moveTo(fromMs + (Number(this.#slider.value) / STEPS) * (toMs - fromMs));
  }

  #onPoint(event: PointerEvent): void {
    // A bar is a link.
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('a'))) return;
    this.stop();
    const { left, width } = this.#svg.getBoundingClientRect();
    const { fromMs, toMs } = this.#shown;
    this.#moveTo(fromMs + ((event.clientX - left) / width) * (toMs - fromMs));
  }

  #moveTo(atMs: number): void {
    const { fromMs, toMs } = this.#whole;
    this.#atMs = atMs >= toMs ? null : Math.max(fromMs, atMs);
    if (this.#zoom && (this.#at < this.#zoom.fromMs || this.#at > this.#zoom.toMs)) this.#zoomBy(1);
    else this.#showMoment();
  }

  /** To the next moment at which something starts or ends. */
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

  /** Around the chosen moment. */
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

class BarElement {
  readonly element: SVGAElement;
  readonly #record: OperationRecord;
  readonly #title = createSvg('title', {});
  readonly #rect: SVGRectElement;

  constructor(record: OperationRecord) {
    this.#record = record;
    this.#rect = createSvg(
      'rect',
      { height: BAR, class: record.parentId === null ? 'replay-bar' : 'replay-bar replay-stage' },
      this.#title,
    );
    // Whoever comes with the keyboard has the list of what was running, and need not pass a thousand bars.
    this.element = createSvg('a', { href: operationHref(record), tabindex: -1 }, this.#rect);
  }

  update({ lane, fromMs, toMs }: TimelineBar, x: number, scale: number): void {
    const { name, status } = this.#record;
    setText(this.#title, `${name}, ${status}, ${formatDuration((toMs - fromMs) / 1000)}`);
    const attributes = {
      x: x.toFixed(2),
      y: String(lane * LANE + (LANE - BAR) / 2),
      width: Math.max(LEAST_WIDTH, (toMs - fromMs) * scale).toFixed(2),
      'data-status': status,
    };
    for (const [attribute, value] of Object.entries(attributes)) {
      if (this.#rect.getAttribute(attribute) !== value) this.#rect.setAttribute(attribute, value);
    }
  }
}

class RunningElement {
  readonly element: HTMLLIElement;
  readonly #record: OperationRecord;
  readonly #since = createElement('span', 'hint');

  constructor(record: OperationRecord) {
    this.#record = record;
    const link = createElement('a', 'name', record.name);
    link.href = operationHref(record);
    this.element = createElement('li', '', link, this.#since);
  }

  update({ fromMs, toMs }: TimelineBar, at: number): void {
    const isOver = this.#record.durationSeconds !== null;
    const total = isOver ? ` of ${formatDuration((toMs - fromMs) / 1000)}` : '';
    setText(this.#since, `${formatDuration((at - fromMs) / 1000)}${total}`);
  }
}
