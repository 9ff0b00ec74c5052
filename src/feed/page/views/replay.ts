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
import { formatCount, formatDuration, formatTime, formatUtc } from '../format.ts';
import { operationHref } from '../state/page-address.ts';
import { momentOf, ticksOf, type Span, type TimelineBar } from '../state/timeline.ts';

const WIDTH = 1000;
const LANE = 16;
const BAR = 12;
/** An operation of a millisecond in an hour can be seen, and met with the pointer. */
const LEAST_WIDTH = 2.5;
const TICKS = 5;
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
    const back = createButton('', '‹', () => this.#step(-1));
    back.ariaLabel = 'To the step before';
    const on = createButton('', '›', () => this.#step(1));
    on.ariaLabel = 'To the next step';
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
    this.#bars.replaceChildren(...shown.map((bar) => barElement(bar, (bar.fromMs - fromMs) * scale, scale)));
    this.#head.setAttribute('y2', String(height));
    this.#axis.replaceChildren(
      ...ticksOf({ fromMs, toMs }, TICKS).map((atMs) => {
        const tick = createElement('span', 'tick', formatTime(atMs, toMs));
        tick.style.left = `${((atMs - fromMs) / Math.max(1, toMs - fromMs)) * 100}%`;
        return tick;
      }),
    );
    setChanged(this.#zoomOut, 'disabled', this.#zoom === null);
    setChanged(this.#zoomIn, 'disabled', toMs - fromMs < 20);
    this.#showMoment();
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
    const time = formatTime(at, this.#whole.toMs);
    this.#slider.setAttribute('aria-valuetext', `${time}, ${offset} after the first start`);
    setText(this.#time, `${time} · ${offset} after the first start`);
    setChanged(this.#time, 'title', formatUtc(at));
    this.#showRunning(at);
  }

  #showRunning(at: number): void {
    const { running, completed, failed, cancelled } = momentOf(this.#laidOut, at);
    const counts = [`${formatCount(running.length)} running`, `${formatCount(completed)} completed`];
    if (failed > 0) counts.push(`${formatCount(failed)} failed`);
    if (cancelled > 0) counts.push(`${formatCount(cancelled)} cancelled`);
    setText(this.#counts, counts.join(' · '));
    setChildren(
      this.#running,
      running.slice(0, MAX_RUNNING).map((bar) => runningElement(bar, at)),
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

function barElement({ record, lane, fromMs, toMs }: TimelineBar, x: number, scale: number): SVGElement {
  const title = createSvg('title', {});
  title.textContent = `${record.name}, ${record.status}, ${formatDuration((toMs - fromMs) / 1000)}`;
  const rect = createSvg('rect', {
    x: x.toFixed(2),
    y: lane * LANE + (LANE - BAR) / 2,
    width: Math.max(LEAST_WIDTH, (toMs - fromMs) * scale).toFixed(2),
    height: BAR,
    class: record.parentId === null ? 'replay-bar' : 'replay-bar replay-stage',
    'data-status': record.status,
  });
  rect.append(title);
  // Whoever comes with the keyboard has the list of what was running, and need not pass a thousand bars.
  return createSvg('a', { href: operationHref(record), tabindex: -1 }, rect);
}

function runningElement({ record, fromMs, toMs }: TimelineBar, at: number): HTMLElement {
  const link = createElement('a', 'name', record.name);
  link.href = operationHref(record);
  const total = record.durationSeconds === null ? '' : ` of ${formatDuration((toMs - fromMs) / 1000)}`;
  const since = createElement('span', 'hint', `${formatDuration((at - fromMs) / 1000)}${total}`);
  return createElement('li', '', link, since);
}
