import { expect, test } from 'vitest';
import { z } from 'zod';

import { everythingOf, grafanaQueries, substitute, type GrafanaQuery } from '../support/grafana-queries.ts';
import { FLAKY_TOOL } from '../support/mixed-workload.ts';
import { runStack } from '../support/running-stack.ts';

// Nothing is restarted here: process_start_time_seconds is this process's.
const isAboutRestarts = ({ name }: GrafanaQuery) => name.endsWith('annotation “Restarts”');

const sample = z.tuple([z.number(), z.string()]);
const series = z.object({
  result: z.array(z.object({ value: sample.optional(), values: z.array(sample).optional() })),
});
const labelSets = z.array(z.record(z.string(), z.string()));

test('every query of every panel, variable and annotation finds data of a mixed workload', async () => {
  const { workload, get, alertState } = await runStack();
  await workload.round();
  workload.hang();
  await expect
    .poll(
      async () => {
        // So many that alerts fire, and their panels have something to show.
        await workload.reserve(20, true);
        return alertState('McpHighErrorRate', FLAKY_TOOL);
      },
      { timeout: 60_000 },
    )
    .toBe('firing');
  async function hasData({ kind, expr, label = '', dashboard }: GrafanaQuery): Promise<boolean> {
    const query = substitute(expr, everythingOf(dashboard));
    const nowSeconds = Date.now() / 1000;
    if (kind === 'labels') {
      const found = labelSets.parse(await get('series', { 'match[]': query }));
      return found.some((labels) => (labels[label] ?? '') !== '');
    }
    const answer =
      kind === 'instant'
        ? await get('query', { query })
        : await get('query_range', {
            query,
            start: String(nowSeconds - 60),
            end: String(nowSeconds),
            step: '1',
          });
    const samples = series.parse(answer).result.flatMap(({ value, values = [] }) => [...values, value ?? []]);
    return samples.some(([, number]) => number !== undefined && number !== 'NaN');
  }

  let withoutData = grafanaQueries.filter((query) => !isAboutRestarts(query));
  async function lookAgain(): Promise<string[]> {
    // Prometheus counts from what it saw first: there must be more each time.
    await workload.round();
    const stillEmpty: GrafanaQuery[] = [];
    for (const query of withoutData) if (!(await hasData(query))) stillEmpty.push(query);
    withoutData = stillEmpty;
    return stillEmpty.map(({ name }) => name);
  }
  await expect.poll(lookAgain, { timeout: 60_000, interval: 1000 }).toEqual([]);
});
