import { describe, expect, it } from 'vitest';

import { inSteps, part } from '../../../src/pipeline/worker/progress.ts';

function record() {
  const seen: number[] = [];
  return { seen, report: async (fraction: number) => void seen.push(fraction) };
}

describe('progress in steps', () => {
  it('progress reports each of a hundred steps', async () => {
    const { seen, report } = record();
    const steps = inSteps(report);
    for (let i = 1; i <= 100; i++) await steps(i / 100, '');
    expect(seen).toHaveLength(100);
  });

  it('progress reports about a hundred of many steps, strictly growing, and the end', async () => {
    const { seen, report } = record();
    const steps = inSteps(report);
    for (let i = 1; i <= 7777; i++) await steps(i / 7777, '');
    expect(seen.length).toBeGreaterThan(90);
    expect(seen.length).toBeLessThanOrEqual(101);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });

  it('progress never goes back, above the end, or to the end twice', async () => {
    const { seen, report } = record();
    const steps = inSteps(report);
    for (const fraction of [0.5, 0.4, 0.5, 0.9999, 1.0000001, 1]) await steps(fraction, '');
    expect(seen).toEqual([0.5, 0.9999, 1]);
  });

  it('progress of a part is a share of the whole', async () => {
    const { seen, report } = record();
    const share = part(report, 0.5, 0.75);
    await share(0, '');
    await share(0.5, '');
    await share(1, '');
    expect(seen).toEqual([0.5, 0.625, 0.75]);
  });
});
