import { expect, test } from 'vitest';

import { LabelSetLimiter } from '../../../src/metrics/label-set-limiter.ts';
import { SeriesBudget } from '../../../src/metrics/series-budget.ts';
import { SeriesTable } from '../../../src/metrics/series-table.ts';

const DEFINITION = {
  name: 'h_seconds',
  help: 'h',
  type: 'histogram',
  labels: ['mcp_server_name', 'gen_ai_tool_name'],
  buckets: [1],
} as const;

test('at most 20,000 label sets that do not fit are remembered, and counted once', () => {
  const budget = new SeriesBudget(1);
  budget.take('shop', 1);
  let overflows = 0;
  const table = new SeriesTable(DEFINITION, new LabelSetLimiter(DEFINITION, budget, () => (overflows += 1)));
  for (let i = 0; i <= 20_000; i++) table.indexOf(['shop', `tool-${i}`]);
  expect(overflows).toBe(20_001);
  expect(table.indexOf(['shop', 'tool-0'])).toBe(table.indexOf(['shop', 'tool-20000']));
  expect(overflows).toBe(20_002);
  expect(table.labelSets).toHaveLength(1);
});
