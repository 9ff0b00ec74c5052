import { Router } from 'express';

import { sendError } from './http-error.ts';

/** `/health`: the event loop answers. `/ready`: the exporter takes work. Both without a key. */
export function healthRoutes(isReady: () => boolean): Router {
  return Router()
    .get(['/health', '/-/healthy'], (_request, response) => {
      response.json({ status: 'ok' });
    })
    .get(['/ready', '/-/ready'], (_request, response) => {
      if (isReady()) response.json({ status: 'ready' });
      else sendError(response, 503, 'not_ready', 'the exporter is starting or stopping');
    });
}
