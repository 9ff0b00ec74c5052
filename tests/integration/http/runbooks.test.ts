import { expect, test } from 'vitest';

import { runExporter } from '../../support/running-exporter.ts';

// tests/e2e/runbooks.test.ts reads those of the build.
test('an exporter that runs from source has no runbooks, and answers as for any unknown route', async () => {
  const { get } = await runExporter();
  const { status, json } = await get('/runbooks');
  expect(status).toBe(404);
  expect(json()).toMatchObject({ error: { code: 'unknown_route' } });
});

test('HTML files of the page are served without their suffix, other files are not', async () => {
  const { get } = await runExporter();
  expect((await get('/index')).headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect((await get('/style')).status).toBe(404);
});
