import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { Router } from 'express';

/** What `/metrics` reads: the metrics as text, in the format that was asked for. */
export interface MetricsSource {
  expose(format: 'text' | 'openmetrics'): Promise<{ readonly contentType: string; readonly body: string }>;
}

// Level 1 is nearly as small as 6 on such text, and several times faster; it runs off the event loop.
const compress = promisify<string, { level: number }, Buffer>(gzip);

/** @see {@link https://prometheus.io/docs/instrumenting/content_negotiation/} */
export function metricsRoute(source: MetricsSource): Router {
  return Router().get('/metrics', async (request, response) => {
    const format = prefersOpenMetrics(request.headers.accept ?? '') ? 'openmetrics' : 'text';
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

/**
 * Whether `Accept` names OpenMetrics, and not after plain text. Prometheus adds parameters to its types that change
 * from version to version (`escaping=…`), which general negotiation takes for other types.
 */
function prefersOpenMetrics(accept: string): boolean {
  const qualityOf = (type: string) => {
    // A pattern for the space around the semicolons would take quadratic time for many spaces.
    const ranges = accept
      .toLowerCase()
      .split(',')
      .map((range) => range.split(';').map((part) => part.trim()));
    const qualities = ranges
      .filter(([name]) => name === type)
      .map((range) => Number(range.find((part) => part.startsWith('q='))?.slice(2) ?? 1));
    return Math.max(0, ...qualities);
  };
  const openMetrics = qualityOf('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= qualityOf('text/plain');
}
