import { expect, test } from 'vitest';

import { readProcessStarts } from '../../../src/history/process-starts.ts';
import { PrometheusClient } from '../../../src/history/prometheus-client.ts';
import { fakePrometheus, json } from '../../support/fake-prometheus.ts';

const END_MS = Date.parse('2026-03-02T00:00:00Z');
const DAY_MS = 86_400_000;
const STEP_SECONDS = 60;

/** A Prometheus in which processes came and went within these steps before the end of the day. */
async function startsWith(hidden: readonly number[]) {
  const steps = hidden.map((step) => END_MS / 1000 - step * STEP_SECONDS);
  const prometheus = await fakePrometheus((response, request) => {
    const isCloser = prometheus.questions.at(-1)?.form.get('step') === '1.000';
    const metric = isCloser ? { __name__: 'starts', instance: 'a' } : { hidden: 'true', instance: 'a' };
    const values = steps.map((step) => [isCloser ? step - 4 : step, '1']);
    json(200, { status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } })(
      response,
      request,
    );
  });
  const client = new PrometheusClient(prometheus.url);
  const read = () => readProcessStarts(client, 'starts', END_MS - DAY_MS, END_MS);
  return { read, questions: prometheus.questions };
}

test('reads steps in which a process came and went second by second', async () => {
  const { read, questions } = await startsWith([0, 3, 4, 5]);
  const { samples, stepMs } = await read();
  expect(stepMs).toBe(STEP_SECONDS * 1000);
  const secondsBefore = samples.map(({ timeMs }) => (END_MS - timeMs) / 1000);
  expect(secondsBefore.toSorted((a, b) => a - b)).toEqual([4, 184, 244, 304]);
  expect(samples.every(({ labels }) => !('hidden' in labels))).toBe(true);
  const ranges = questions.map(({ form }) => ['start', 'end'].map((name) => Number(form.get(name))));
  const [whole, ...closer] = ranges.map(([start = 0, end = 0]) => [
    END_MS / 1000 - start,
    END_MS / 1000 - end,
  ]);
  expect(whole).toEqual([DAY_MS / 1000, 0]);
  expect(closer).toEqual([
    [6 * STEP_SECONDS, 3 * STEP_SECONDS],
    [STEP_SECONDS, 0],
  ]);
});

test('a server that restarts every minute of a day is read in few queries', async () => {
  const { read, questions } = await startsWith(Array.from({ length: 1000 }, (_, step) => step));
  expect((await read()).samples).toHaveLength(1000);
  expect(questions).toHaveLength(8);
});

test('too many steps in which a process came and went make the history unavailable', async () => {
  const { read } = await startsWith(Array.from({ length: 26 }, (_, step) => 2 * step));
  await expect(read()).rejects.toMatchObject({ reason: 'incomplete' });
});
