import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { Router } from 'express';

/** Writes the metrics as text in the requested format. */
export interface MetricsSource {
  expose(format: 'text' | 'openmetrics'): Promise<{ readonly contentType: string; readonly body: string }>;
}

// Level 1 compresses this text nearly as well as level 6, and several times faster. It runs off the event loop.
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
 * Whether `Accept` prefers OpenMetrics to plain text. Prometheus adds parameters that change between versions
 * (`escaping=…`). General content negotiation would treat these as different types.
 */
function prefersOpenMetrics(accept: string): boolean {
  const qualityOf = (type: string) => {
    // Splits and trims, because a pattern for the spaces would take quadratic time.
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
