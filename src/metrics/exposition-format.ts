// The lines of Prometheus' text format and of OpenMetrics. prom-client's renderer writes NaN as `Nan`, gives each counter
// of OpenMetrics the suffix `_total`, and fails as a whole if one metric fails.

export type ExpositionFormat = 'text' | 'openmetrics';
export type Labels = Readonly<Record<string, string | number>>;

export const NO_LABELS: Labels = {};

/** A sample in prom-client's format. */
export interface Sample {
  /** The family's name if missing. */
  readonly metricName?: string | undefined;
  readonly labels?: Labels;
  /** Labels that several samples share. The same object always has the same labels. */
  readonly sharedLabels?: Labels;
  readonly value: number;
  /** `timestamp` is in seconds since the Unix epoch. */
  readonly exemplar?: { labelSet: Labels; value: number; timestamp: number } | null | undefined;
}

/** A metric with its samples. `name` is its name in the text format. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

/** The lines of a family in the text format, without the line break at the end. */
export function textOf({ name, help, type, samples }: Family, defaults: Labels): string {
  const lines = samples.map((sample) => lineOf(sample, name, defaults));
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

/**
 * The lines of a family in OpenMetrics, without the line break at the end. Sample names are those of the text format. A
 * counter is `unknown` if OpenMetrics has no name for it, as in Prometheus' Go client: its family is the name without
 * `_total`, and no other metric may have that name.
 */
export function openMetricsOf(
  { name, help, type, samples }: Family,
  defaults: Labels,
  isTaken: (name: string) => boolean,
): string {
  const stem = name.replace(/_total$/, '');
  const isCounter = type === 'counter' && stem !== name && !isTaken(stem);
  const family = isCounter ? stem : name;
  const familyType = type === 'counter' && !isCounter ? 'unknown' : type;
  const lines = samples.map((sample) => {
    const line = lineOf(sample, name, defaults);
    const hasExemplar = isCounter || sample.metricName?.endsWith('_bucket') === true;
    return sample.exemplar && hasExemplar ? `${line} ${exemplarOf(sample.exemplar)}` : line;
  });
  return [`# HELP ${family} ${escapeQuoted(help)}`, `# TYPE ${family} ${familyType}`, ...lines].join('\n');
}

function lineOf(sample: Sample, name: string, defaults: Labels): string {
  const { metricName = name, labels = NO_LABELS, sharedLabels = NO_LABELS, value } = sample;
  // Stryker disable next-line ConditionalExpression: this only saves a copy
  const own = defaults === NO_LABELS ? labels : { ...defaults, ...labels };
  let pairs = '';
  for (const [label, labelValue] of Object.entries(own)) {
    if (!Object.hasOwn(sharedLabels, label)) pairs = joined(pairs, pairOf(label, labelValue));
  }
  pairs = joined(pairs, sharedPairs(sharedLabels));
  return `${metricName}${pairs === '' ? '' : `{${pairs}}`} ${numberOf(value)}`;
}

// The series of our metrics keep their label objects, so that each is formatted once in its life.
const formatted = new WeakMap<Labels, string>();

function sharedPairs(labels: Labels): string {
  let text = formatted.get(labels);
  // Stryker disable next-line ConditionalExpression: formatting again only takes time
  if (text === undefined) {
    text = pairsOf(labels);
    formatted.set(labels, text);
  }
  return text;
}

function pairsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, value]) => pairOf(label, value))
    .join(',');
}

function pairOf(label: string, value: string | number): string {
  return `${label}="${typeof value === 'string' ? escapeQuoted(value) : value}"`;
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first},${second}`;
}

function exemplarOf({ labelSet, value, timestamp }: NonNullable<Sample['exemplar']>): string {
  return `# {${pairsOf(labelSet)}} ${numberOf(value)} ${timestamp}`;
}

function numberOf(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : `${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', String.raw`\"`);
}
