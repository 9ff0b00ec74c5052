import type { ProgressPoint } from '../../../monitor/progress-trail.ts';
import { createElement, createSvg, setAttributes, setText } from '../dom.ts';
import { formatDuration, formatPercent } from '../format.ts';

const WIDTH = 600;
const HEIGHT = 80;

/** An operation's progress in percent over time. */
export class ProgressChart {
  readonly element = createElement('figure', 'progress-chart');
  readonly #line = createSvg('path', { class: 'chart-line', 'vector-effect': 'non-scaling-stroke' });
  readonly #area = createSvg('path', { class: 'chart-area' });
  readonly #picture = createSvg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' },
    this.#area,
    this.#line,
  );
  readonly #caption = createElement('figcaption', 'hint');

  constructor() {
    const scale = createElement(
      'span',
      'chart-scale',
      createElement('span', '', '100%'),
      createElement('span', '', '0%'),
    );
    scale.ariaHidden = 'true';
    this.element.append(createElement('div', 'chart', scale, this.#picture), this.#caption);
  }

  /** @param elapsed - seconds from the start to the end, or to now */
  update(points: readonly ProgressPoint[], elapsed: number): void {
    const length = Math.max(elapsed, points.at(-1)?.[0] ?? 0, 0.001);
    const x = (seconds: number): string => ((Math.min(seconds, length) / length) * WIDTH).toFixed(1);
    const y = (percent: number): string => (HEIGHT - 1 - (percent / 100) * (HEIGHT - 2)).toFixed(1);
    const steps = points.map(([seconds, percent]) => `H${x(seconds)}V${y(percent)}`).join('');
    const line = `M0 ${y(0)}${steps}H${WIDTH}`;
    setAttributes(this.#line, { d: line });
    setAttributes(this.#area, { d: `${line}V${HEIGHT}H0Z` });
    const last = points.at(-1);
    const text = last
      ? `${formatPercent(last[1])} after ${formatDuration(last[0])}${
          elapsed - last[0] > 1 ? `, no progress for ${formatDuration(elapsed - last[0])}` : ''
        }`
      : '';
    setText(this.#caption, text);
    setAttributes(this.#picture, { 'aria-label': `Progress over ${formatDuration(elapsed)}: ${text}` });
  }
}
