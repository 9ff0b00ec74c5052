import { onTestFinished } from 'vitest';

import { createExporter } from '../../src/exporter/exporter.ts';
import type { ExporterOptions } from '../../src/exporter/exporter-options.ts';
import { createLogger } from '../../src/logging/logger.ts';

/** An exporter on a free port that logs nothing. Closed after the test. */
export async function runExporter(options: ExporterOptions = {}) {
  const exporter = createExporter({
    logger: createLogger('silent'),
    strict: true,
    ...options,
    config: { httpPort: 0, feedPort: 0, ...options.config },
  });
  onTestFinished(() => exporter.close());
  const urls = await exporter.start();
  const { metrics, feed } = urls;
  if (metrics === null || feed === null) throw new Error('expected an exporter that listens');
  const base = new URL('.', metrics);
  return {
    exporter,
    urls: { ...urls, metrics, feed },
    /** Requests a path, and returns the status, headers and body. */
    get: async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(new URL(path, base), { headers });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: () => JSON.parse(text) as unknown,
      };
    },
  };
}
