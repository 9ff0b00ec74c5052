import { Router } from 'express';

import { sendError } from './http-error.ts';

const LIVE = ['/health', '/-/healthy'];
const READY = ['/ready', '/-/ready'];
export const HEALTH_PATHS: readonly string[] = [...LIVE, ...READY];

/** `/health` reports that the process responds, `/ready` that it has started. Both need no authentication. */
export function healthRoutes(isReady: () => boolean): Router {
  return Router()
    .get(LIVE, (_request, response) => {
      response.json({ status: 'ok' });
    })
    .get(READY, (_request, response) => {
      if (isReady()) response.json({ status: 'ready' });
      else sendError(response, 503, 'not_ready', 'the exporter is starting or stopping');
    });
}
