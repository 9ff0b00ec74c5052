import { Registry, type OpenMetricsContentType } from 'prom-client';

import { errorMessage, ExporterError } from '../errors.ts';
import {
  NO_LABELS,
  openMetricsOf,
  textOf,
  type ExpositionFormat,
  type Labels,
  type Sample,
} from './exposition-format.ts';

/** A metric of prom-client or of this exporter, as a registry keeps it. */
interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  get: Read;
  /** Like `get`, with labels that are formatted only once. */
  getForPromString?: Read;
}

type Read = () => Promise<{ readonly values?: readonly Sample[] }>;

/** Half of the time that Prometheus waits for a scrape by default. */
const READ_TIMEOUT_MS = 5000;

/** A registry of either content type. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/**
 * Renders the metrics of `registry`, whatever its own content type. Both formats have the same samples, with its default
 * labels. A metric that cannot be read within 5 seconds is omitted, so that the others stay visible.
 *
 * @param extra - its metrics are added if `registry` has none of the same name
 * @param onError - called for each metric that cannot be read
 */
export async function renderRegistry(
  registry: AnyRegistry,
  extra: AnyRegistry,
  format: ExpositionFormat,
  onError: (error: ExporterError) => void,
): Promise<string> {
  const metrics = new Map([...metricsOf(extra), ...metricsOf(registry)]);
  const defaults = defaultLabelsOf(registry);
  const isTaken = (name: string) => metrics.has(name);
  const deadline = deadlineIn(READ_TIMEOUT_MS);
  const texts = await Promise.all(
    [...metrics].map(async ([name, metric]) => {
      try {
        const { help, type } = metric;
        const family = { name, help, type, samples: await deadline.within(samplesOf(metric)) };
        return format === 'text' ? textOf(family, defaults) : openMetricsOf(family, defaults, isTaken);
      } catch (error) {
        const message = `metric ${name} cannot be read and is omitted from /metrics: ${errorMessage(error)}`;
        onError(new ExporterError('metric_failed', message, { cause: error }));
        return '';
      }
    }),
  );
  deadline.clear();
  const families = texts.filter((text) => text !== '').map((text) => `${text}\n`);
  return format === 'text' ? families.join('\n') : `${families.join('')}# EOF\n`;
}

/** The metrics of a registry by their names in the text format. */
function metricsOf(registry: AnyRegistry): [string, RegisteredMetric][] {
  const metrics = registry.getMetricsAsArray() as unknown as RegisteredMetric[];
  const isOpenMetrics = registry.contentType === Registry.OPENMETRICS_CONTENT_TYPE;
  return metrics.map((metric) => {
    const { name, type } = metric;
    // Such a registry removes `_total` from the names of its counters as it renders them.
    const hasLostSuffix = isOpenMetrics && type === 'counter' && !name.endsWith('_total');
    return [hasLostSuffix ? `${name}_total` : name, metric];
  });
}

async function samplesOf(metric: RegisteredMetric): Promise<readonly Sample[]> {
  const { values = [] } = await (metric.getForPromString ? metric.getForPromString() : metric.get());
  return values;
}

/** Bounds several waits with one timer. */
function deadlineIn(timeoutMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not read within ${timeoutMs / 1000} seconds`)), timeoutMs);
  });
  return {
    /** @throws Error if the deadline passes first */
    within: <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, passed]),
    clear: (): void => clearTimeout(timer),
  };
}

/** prom-client has no public method for them. */
function defaultLabelsOf(registry: AnyRegistry): Labels {
  const { _defaultLabels: labels } = registry as unknown as { readonly _defaultLabels?: Labels };
  return labels ?? NO_LABELS;
}
