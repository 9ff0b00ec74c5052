import { expect, test } from 'vitest';

import { runExporter } from '../../support/running-exporter.ts';

// tests/e2e/runbooks.test.ts reads those of the build.
test('from source the runbooks are not made yet: they are not there, and the route says so like any other', async () => {
  const { get } = await runExporter();
  const { status, json } = await get('/runbooks');
  expect(status).toBe(404);
  expect(json()).toMatchObject({ error: { code: 'unknown_route' } });
});

test('the page’s files are there without their suffix, and nothing else is', async () => {
  const { get } = await runExporter();
  expect((await get('/index')).headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect((await get('/style')).status).toBe(404);
});
