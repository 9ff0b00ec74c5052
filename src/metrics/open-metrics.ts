import { Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

/**
 * The metrics of `registry` as OpenMetrics text, exemplars included. It renders through a registry of its own:
 * prom-client cuts `_total` off the names of the counters that it writes as OpenMetrics, and would leave the
 * text format without it.
 *
 * @throws Error if two metrics would have the same name there: a registry that is shared may have both a gauge `x` and
 * a counter `x_total`, which OpenMetrics cannot express
 */
export async function renderOpenMetrics(registry: Registry): Promise<string> {
  const view = new Registry<OpenMetricsContentType>();
  view.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name, help, type } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    if (!metric) continue;
    // prom-client's types claim that this is a number.
    const isCounter = (type as unknown) === 'counter';
    const family = isCounter ? name.replace(/_total$/, '') : name;
    const renamed = {
      name: family,
      help,
      type,
      get: async () => ({ ...(await metric.get()), name: family }),
    };
    view.registerMetric(renamed as unknown as Metric);
  }
  return view.metrics();
}
