import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { Router } from 'express';

/** What `/metrics` reads: the metrics as text, in the format that was asked for. */
export interface MetricsSource {
  expose(format: 'text' | 'openmetrics'): Promise<{ readonly contentType: string; readonly body: string }>;
}

const TEXT = 'text/plain;version=0.0.4';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

// Level 1 is nearly as small as 6 on such text, and several times faster; it runs off the event loop.
const compress = promisify<string, { level: number }, Buffer>(gzip);

/** @see {@link https://prometheus.io/docs/instrumenting/content_negotiation/} */
export function metricsRoute(source: MetricsSource): Router {
  return Router().get('/metrics', async (request, response) => {
    const format = request.accepts([TEXT, OPENMETRICS]) === OPENMETRICS ? 'openmetrics' : 'text';
    const { contentType, body } = await source.expose(format);
    response.set({
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      Vary: 'Accept, Accept-Encoding',
    });
    if (request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') return void response.end(body);
    const compressed = await compress(body, { level: 1 });
    response.set('Content-Encoding', 'gzip').end(compressed);
  });
}
