import { createSvg } from '../dom.ts';

const WIDTH = 120;
const HEIGHT = 26;
const GAP = 0.4;
/** A minute alone can be seen. */
const LEAST_DASH = 3;

export interface SparklineOptions {
  readonly kind: 'bars' | 'line';
  /** What it shows, and what that comes to: the picture says it to those who do not see it. */
  readonly label: string;
  /** Of its colour. */
  readonly className: string;
}

/** A small picture of an hour. Where there is no value there is a gap. */
export function createSparkline(
  values: readonly (number | null)[],
  { kind, label, className }: SparklineOptions,
): SVGSVGElement {
  const max = Math.max(...values.map((value) => value ?? 0), 0);
  const step = WIDTH / values.length;
  const heightOf = (value: number): number => (max === 0 ? 0 : (value / max) * (HEIGHT - 3));
  const shapes =
    kind === 'bars'
      ? values.flatMap((value, index) => (value ? [bar(index * step, step, heightOf(value))] : []))
      : [createSvg('path', { d: linePath(values, step, heightOf), class: 'spark-line' })];
  return createSvg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: `spark ${className}`,
      role: 'img',
      'aria-label': label,
      preserveAspectRatio: 'none',
    },
    createSvg('path', { d: `M0 ${HEIGHT - 0.5}H${WIDTH}`, class: 'spark-ground' }),
    ...shapes,
  );
}

function bar(x: number, step: number, height: number): SVGRectElement {
  return createSvg('rect', {
    x: round(x + GAP / 2),
    y: round(HEIGHT - Math.max(height, 1.5)),
    width: round(step - GAP),
    height: round(Math.max(height, 1.5)),
  });
}

/** From the middle of one step to that of the next; a value alone between two gaps is a dash. */
function linePath(
  values: readonly (number | null)[],
  step: number,
  heightOf: (value: number) => number,
): string {
  const has = (index: number): boolean => (values[index] ?? null) !== null;
  return values
    .flatMap((value, index) => {
      if (value === null) return [];
      const y = round(HEIGHT - 1.5 - heightOf(value));
      const x = (index + 0.5) * step;
      if (has(index - 1)) return [`L${round(x)} ${y}`];
      return [has(index + 1) ? `M${round(x)} ${y}` : `M${round(x - LEAST_DASH / 2)} ${y}h${LEAST_DASH}`];
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
