import { expect, test } from 'vitest';

import { exporterCatalogue, pipelineCatalogue, protocolCatalogue } from '../../../src/metrics/catalogue.ts';
import { MetricsCollector } from '../../../src/metrics/metrics-collector.ts';

const catalogue = [protocolCatalogue, pipelineCatalogue, exporterCatalogue].flatMap((part) =>
  Object.values(part),
);

test('/metrics serves every metric of the catalogue, and nothing else of its own', async () => {
  const { body } = await new MetricsCollector().expose();
  const served = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(served.toSorted()).toEqual(catalogue.map(({ name, type }) => `${name} ${type}`).toSorted());
});

test.each(catalogue)('$name is named and described by the conventions', ({ name, type, help, labels }) => {
  expect(name).toMatch(/^(mcp|pipeline)_[a-z_]+$/);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
  expect(help.length).toBeGreaterThan(15);
  for (const label of labels) expect(label).toMatch(/^[a-z][a-z_]*$/);
});
