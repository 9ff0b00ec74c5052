import { createElement, createSvg, setAttributes, setText } from '../dom.ts';
import { formatCount, formatDuration, formatExactTime, formatTime } from '../format.ts';
import type { OperationRecord } from '../state/operation-record.ts';
import { operationHref } from '../state/page-address.ts';
import type { TimelineBar } from '../state/replay-timeline.ts';
import { ticksOf, type Span } from '../state/timeline.ts';
import { KeyedViews } from './keyed-views.ts';

const WIDTH = 1000;
const LANE = 16;
const BAR = 12;
/** Keeps very short operations visible and clickable. */
const MIN_WIDTH = 2.5;
const MAX_TICKS = 5;
/** Width of a character on the axis, including spacing. */
const LETTER_PX = 7.5;

/** A session's operations as bars on a time axis, with a line at one moment. */
export class ReplayPicture {
  readonly element = createElement('div', 'replay-picture');
  readonly axis = createElement('div', 'axis');
  readonly #head = createSvg('line', { class: 'replay-head', y1: 0 });
  readonly #bars = createSvg('g', {});
  readonly #svg = createSvg(
    'svg',
    { preserveAspectRatio: 'none', role: 'presentation' },
    this.#bars,
    this.#head,
  );
  readonly #shown = new KeyedViews({
    parent: this.#bars,
    keyOf: ({ record }: TimelineBar) => record,
    create: ({ record }) => new Bar(record),
  });
  #span: Span = { fromMs: 0, toMs: 1 };

  /** @param onPoint - called with the moment that was clicked */
  constructor(onPoint: (atMs: number) => void) {
    this.element.append(this.#svg);
    // Focusable, so that it can be scrolled with the keyboard.
    this.element.tabIndex = 0;
    this.element.role = 'group';
    this.axis.ariaHidden = 'true';
    this.#svg.addEventListener('pointerdown', (event) => {
      // A bar is a link.
      if (event.button !== 0 || (event.target instanceof Element && event.target.closest('a'))) return;
      const { left, width } = this.#svg.getBoundingClientRect();
      const { fromMs, toMs } = this.#span;
      onPoint(fromMs + ((event.clientX - left) / width) * (toMs - fromMs));
    });
    new ResizeObserver(() => this.#drawAxis()).observe(this.axis);
  }

  draw(bars: readonly TimelineBar[], lanes: number, span: Span): void {
    const { fromMs, toMs } = span;
    const height = Math.max(1, lanes) * LANE;
    const scale = WIDTH / Math.max(1, toMs - fromMs);
    this.#span = span;
    setAttributes(this.#svg, { viewBox: `0 0 ${WIDTH} ${height}` });
    this.#svg.style.height = `${height}px`;
    setAttributes(this.#head, { y2: height });
    this.element.ariaLabel = `${formatCount(bars.length)} operations over time`;
    const inSight = bars.filter((each) => each.toMs >= fromMs && each.fromMs <= toMs);
    this.#shown.show(inSight, (view, bar) => view.update(bar, (bar.fromMs - fromMs) * scale, scale));
    this.#drawAxis();
  }

  /** @param part - the line's position, from 0 to 1 */
  mark(part: number): void {
    setAttributes(this.#head, { x1: part * WIDTH, x2: part * WIDTH });
  }

  #drawAxis(): void {
    const { fromMs, toMs } = this.#span;
    const format = toMs - fromMs < 5000 ? formatExactTime : formatTime;
    const letters = format(fromMs, toMs).length;
    const room = Math.floor(this.axis.clientWidth / (letters * LETTER_PX + 12));
    const ticks = ticksOf({ fromMs, toMs }, Math.max(1, Math.min(MAX_TICKS, room - 1)));
    this.axis.replaceChildren(
      ...ticks.map((atMs) => {
        const tick = createElement('span', 'tick', format(atMs, toMs));
        tick.style.left = `${((atMs - fromMs) / Math.max(1, toMs - fromMs)) * 100}%`;
        return tick;
      }),
    );
  }
}

class Bar {
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
    // Not in the tab order, because there may be a thousand bars. The list of running operations has the same links.
    this.element = createSvg('a', { href: operationHref(record), tabindex: -1 }, this.#rect);
  }

  update({ lane, fromMs, toMs }: TimelineBar, x: number, scale: number): void {
    const { name, status } = this.#record;
    setText(this.#title, `${name}, ${status}, ${formatDuration((toMs - fromMs) / 1000)}`);
    setAttributes(this.#rect, {
      x: x.toFixed(2),
      y: lane * LANE + (LANE - BAR) / 2,
      width: Math.max(MIN_WIDTH, (toMs - fromMs) * scale).toFixed(2),
      'data-status': status,
    });
  }
}
