import { Router } from 'express';

import type { StatusBody } from '../api/answers.ts';
import { noQuery } from './api-queries.ts';
import { parseQuery } from './http-error.ts';

/** `/api/v1/status`: the exporter itself, the position of its feed, and the alerts that fire. */
export function statusRoute(status: () => Promise<StatusBody>): Router {
  return Router().get('/status', async (request, response) => {
    parseQuery(noQuery, request.query);
    response.json(await status());
  });
}
