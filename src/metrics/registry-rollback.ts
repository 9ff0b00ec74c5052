import type { Registry } from 'prom-client';

/** Runs `register`. If it throws, for example because a name is taken, its metrics are removed from `registry` again. */
export function registerOrRollBack<T>(registry: Registry | undefined, register: () => T): T {
  const before = new Set(namesOf(registry));
  try {
    return register();
  } catch (error) {
    // Stryker disable next-line OptionalChaining: without a registry there are no names
    for (const name of namesOf(registry)) if (!before.has(name)) registry?.removeSingleMetric(name);
    throw error;
  }
}

function namesOf(registry: Registry | undefined): string[] {
  return registry?.getMetricsAsArray().map(({ name }) => name) ?? [];
}
