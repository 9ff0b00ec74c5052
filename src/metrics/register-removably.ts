import type { Metric } from 'prom-client';

import type { AnyRegistry } from './render-registry.ts';

/**
 * Runs `register`, which registers metrics on a registry that others use too. If it throws, for example because a name is
 * taken, its metrics are removed again.
 *
 * @returns the result of `register`, and a function that removes its metrics. The function leaves a metric that someone
 * else has registered under the same name since.
 */
export function registerRemovably<T>(
  registry: AnyRegistry,
  register: () => T,
): { readonly result: T; readonly remove: () => void } {
  const before = new Set(metricsOf(registry));
  const added = () => metricsOf(registry).filter((metric) => !before.has(metric));
  try {
    const result = register();
    const metrics = added();
    return { result, remove: () => remove(registry, metrics) };
  } catch (error) {
    remove(registry, added());
    throw error;
  }
}

function remove(registry: AnyRegistry, metrics: readonly NamedMetric[]): void {
  for (const metric of metrics) {
    if (registry.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name);
  }
}

type NamedMetric = Metric & { readonly name: string };

/** prom-client's types do not say that these are the metrics themselves. */
function metricsOf(registry: AnyRegistry): NamedMetric[] {
  return registry.getMetricsAsArray() as unknown as NamedMetric[];
}
