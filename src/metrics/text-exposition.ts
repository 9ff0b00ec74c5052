import type { Registry } from 'prom-client';

/**
 * Renders all metrics of a registry as Prometheus text. If one of the program's own metrics throws, it is omitted, so that
 * the others stay visible.
 *
 * @param onError - called with the metric's error
 */
export async function renderText(registry: Registry, onError: (error: unknown) => void): Promise<string> {
  try {
    return await registry.metrics();
  } catch (error) {
    onError(error);
  }
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  const texts = await Promise.all(
    names.map(async (name) => registry.getSingleMetricAsString(name).catch(() => '')),
  );
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`;
}
