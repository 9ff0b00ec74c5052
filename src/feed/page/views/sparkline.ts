import { createSvg } from '../dom.ts';

const WIDTH = 120;
const HEIGHT = 26;
const GAP = 0.4;
/** Width of the dash for a single minute. */
const MIN_DASH = 3;

export interface SparklineOptions {
  readonly kind: 'bars' | 'line';
  /** Description for screen readers. */
  readonly label: string;
  /** Selects the color. */
  readonly className: string;
}

/** A small chart of an hour. Missing values are gaps. */
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

/** Connects the middles of the steps. A single value between two gaps is drawn as a dash. */
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
      return [has(index + 1) ? `M${round(x)} ${y}` : `M${round(x - MIN_DASH / 2)} ${y}h${MIN_DASH}`];
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
