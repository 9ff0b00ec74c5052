import type { ExporterOptions } from './exporter-options.ts';

export interface UsableOptions {
  readonly options: ExporterOptions;
  /** The options that were ignored, and the reasons. */
  readonly problems: readonly TypeError[];
}

/** The methods that an object given as an option must have. */
const METHODS = {
  logger: ['debug', 'info', 'warn', 'error'],
  clock: ['now', 'monotonic'],
  registry: ['registerMetric', 'getMetricsAsArray', 'getSingleMetric', 'removeSingleMetric'],
} as const;

/** Returns the valid options. A JavaScript program can pass anything, and must keep running. */
export function usableOptions(given: unknown): UsableOptions {
  const problems: TypeError[] = [];
  const options = copyOf('options', given, problems);
  const config = copyOf('config', options['config'], problems);
  const usable: Record<string, unknown> = { ...options, config };
  for (const [name, methods] of Object.entries(METHODS)) {
    const value = options[name];
    if (value === undefined || value === null) delete usable[name];
    else if (!hasMethods(value, methods)) {
      delete usable[name];
      problems.push(new TypeError(`${name}: expected an object with ${methods.join(', ')}`));
    }
  }
  if (options['mcp'] !== undefined && typeof options['mcp'] !== 'function') {
    delete usable['mcp'];
    problems.push(new TypeError('mcp: expected a function, such as the result of serveMcp or proxyMcp'));
  }
  return { options: usable, problems };
}

function copyOf(name: string, given: unknown, problems: TypeError[]): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) {
    problems.push(
      new TypeError(`${name}: expected an object, received ${given === null ? 'null' : typeof given}`),
    );
    return {};
  }
  try {
    return { ...given };
  } catch (cause) {
    problems.push(new TypeError(`${name}: expected a readable object`, { cause }));
    return {};
  }
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  try {
    return methods.every((method) => typeof Reflect.get(value as object, method) === 'function');
  } catch {
    return false;
  }
}
