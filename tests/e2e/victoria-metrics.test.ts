import { test } from 'vitest';

import type { Distortion } from '../support/query-front-end.ts';
import { scrapedExporters } from '../support/scraped-exporters.ts';
import { runVictoriaMetrics } from '../support/victoria-metrics-process.ts';

const withStep = (change: (stepSeconds: number) => number): Distortion => ({
  ask: (form) => {
    const step = form.get('step');
    if (step) form.set('step', String(change(Number(step))));
  },
});

test('VictoriaMetrics answers as Prometheus does, or its answer is not used', async () => {
  const { expectTruth } = await scrapedExporters(await runVictoriaMetrics());
  await expectTruth('with its default settings', {}, []);
  await expectTruth(
    'without the parameters that make it answer like Prometheus',
    {
      ask: (form) => {
        for (const name of ['nocache', 'max_lookback', 'latency_offset']) form.delete(name);
      },
    },
    ['misaligned'],
  );
  await expectTruth(
    'with a smaller step, for which it repeats earlier values',
    withStep((step) => step / 2),
    ['misaligned'],
  );
});
