import { expect, test } from 'vitest';

import { readProcessStarts } from '../../../src/history/process-starts.ts';
import { PrometheusClient } from '../../../src/history/prometheus-client.ts';
import { fakePrometheus, json } from '../../support/fake-prometheus.ts';

const END_MS = Date.parse('2026-03-02T00:00:00Z');
const DAY_MS = 86_400_000;
const STEP_SECONDS = 9;

/** A Prometheus in which processes came and went within `hidden` steps of the day. */
async function startsWith(hidden: number) {
  const steps = Array.from({ length: hidden }, (_, step) => END_MS / 1000 - step * STEP_SECONDS);
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
  const { read, questions } = await startsWith(2);
  const { samples, stepMs } = await read();
  expect(stepMs).toBe(STEP_SECONDS * 1000);
  expect(samples.map(({ timeMs }) => (END_MS - timeMs) / 1000).toSorted()).toEqual([13, 4]);
  expect(samples.every(({ labels }) => !('hidden' in labels))).toBe(true);
  const ranges = questions.map(({ form }) => Number(form.get('end')) - Number(form.get('start')));
  expect(ranges).toEqual([DAY_MS / 1000, STEP_SECONDS, STEP_SECONDS]);
});

test('too many steps in which a process came and went make the history unavailable', async () => {
  const { read } = await startsWith(26);
  await expect(read()).rejects.toMatchObject({ reason: 'incomplete' });
});
