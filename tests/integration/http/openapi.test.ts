import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Router } from 'express';
import { expect, test } from 'vitest';

import { apiRoutes } from '../../../src/http/api-routes.ts';
import { SessionRegistry } from '../../../src/monitor/session-registry.ts';
import { runExporter } from '../../support/running-exporter.ts';

interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: object }>>;
}

const pointer = (path: string) => path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');

/** An exporter with one operation that failed, and what it answers. */
async function failedImport() {
  const { exporter, get } = await runExporter();
  const session = exporter.sessions.open('nightly');
  const failure = session.run('import', (operation) => {
    operation.updateProgress(50, { rows: 500 });
    return Promise.reject(new Error('disk full'));
  });
  await expect(failure).rejects.toThrow('disk full');
  const [operation] = session.endedOperations(1);
  const document = (await get('/api/v1/openapi.json')).json() as Document;
  return { get, document, operationId: operation?.operationId ?? '' };
}

test('every answer of the API satisfies the OpenAPI document that the exporter serves', async () => {
  const { get, document, operationId } = await failedImport();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, 'openapi');
  const paths = Object.entries(document.paths).filter(([, { get: described }]) => described !== undefined);
  expect(paths.map(([path]) => path)).toContain('/api/v1/operations/{id}');
  for (const [path] of paths) {
    const id = path.includes('/operations/') ? operationId : 'nightly';
    const queries = path === '/api/v1/summary' ? ['', '?operation=import'] : [''];
    for (const query of path === '/api/v1/trend' ? ['?operation=import'] : queries) {
      const { status, json } = await get(path.replace('{id}', id) + query);
      expect([path, status]).toEqual([path, 200]);
      const isValid = ajv.compile({
        $ref: `openapi#/paths/${pointer(path)}/get/responses/200/content/application~1json/schema`,
      });
      isValid(json());
      expect([path, isValid.errors]).toEqual([path, null]);
    }
  }
});

/** The paths of a router and of those inside it, as OpenAPI writes them. */
function pathsOf({ stack }: Router): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route) return [`/api/v1${route.path.replaceAll(/[:*](\w+)/g, '{$1}')}`];
    return 'stack' in handle ? pathsOf(handle as unknown as Router) : [];
  });
}

test('the document describes every route of the API', async () => {
  const { document } = await failedImport();
  const routes = apiRoutes(
    new SessionRegistry(),
    () => ({ bootId: 'boot', seq: 0 }),
    null,
    () => [],
    '',
  );
  const described = Object.keys(document.paths).filter((path) => document.paths[path]?.get);
  expect(described.toSorted()).toEqual([...pathsOf(routes), '/api/v1/status'].toSorted());
});

test('the document describes how to report to a hub', async () => {
  const { get } = await runExporter();
  const document = (await get('/api/v1/openapi.json')).json();
  expect(document).toMatchObject({ openapi: '3.1.0', paths: { '/api/v1/report': { post: {} } } });
});
