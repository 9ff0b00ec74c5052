import { Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

/**
 * Renders the metrics of `registry` as OpenMetrics text with exemplars. It uses a temporary registry, because prom-client
 * strips `_total` from the counters' names when it renders OpenMetrics, and the text format needs the suffix.
 *
 * @throws Error if two metrics have the same OpenMetrics name, such as a gauge `x` and a counter `x_total` on a shared
 * registry
 */
export async function renderOpenMetrics(registry: Registry): Promise<string> {
  const view = new Registry<OpenMetricsContentType>();
  view.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, help, type } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    if (!metric) continue;
    // prom-client types this string as a number.
    const isCounter = (type as unknown) === 'counter';
    const family = isCounter ? name.replace(/_total$/, '') : name;
    const renamed = {
      name: family,
      help,
      type,
      get: async () => ({ ...(await samplesOf(metric)), name: family }),
    };
    view.registerMetric(renamed as unknown as Metric);
  }
  return view.metrics();
}

/** prom-client's histograms and our metrics have a faster method for text, which prom-client's types do not have. */
function samplesOf(metric: Metric & { getForPromString?(): ReturnType<Metric['get']> }) {
  return metric.getForPromString ? metric.getForPromString() : metric.get();
}
