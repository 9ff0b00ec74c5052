import { expect, test } from 'vitest';

import { renderDashboards } from '../../../grafana/src/dashboards.ts';
import { shippedDashboards } from '../../support/shipped-dashboards.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';

const rendered = await renderDashboards();

test('grafana/dashboards has what grafana/src makes, and nothing else', () => {
  expect(shippedDashboards.map(({ fileName }) => fileName)).toEqual(Object.keys(rendered).toSorted());
});

test.each(Object.entries(rendered))('%s is what grafana/src makes (npm run dashboards)', (name, text) => {
  expect(readRepositoryFile(`grafana/dashboards/${name}`)).toBe(text);
});
