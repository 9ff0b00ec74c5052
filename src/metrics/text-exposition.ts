import type { Registry } from 'prom-client';

/**
 * All metrics of a registry as Prometheus text. A metric of the program that cannot be read is left out: it must not hide
 * the others.
 *
 * @param onError - called with what such a metric threw
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
