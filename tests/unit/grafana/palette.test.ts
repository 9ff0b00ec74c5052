import { expect, test } from 'vitest';

import { palette } from '../../../grafana/src/palette.ts';
import { OUTCOME_NAMES } from '../../../src/monitor/outcomes.ts';

test('the colours of outcomes differ from each other and stand out from light and dark', () => {
  const colours = OUTCOME_NAMES.map((outcome) => palette[outcome]);
  expect(new Set(colours).size).toBe(OUTCOME_NAMES.length);
  for (const background of ['#181b1f', '#ffffff']) {
    for (const colour of colours) expect(contrast(colour, background), colour).toBeGreaterThan(3);
  }
});

/** As WCAG 2 counts it. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
