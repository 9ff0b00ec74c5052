/** One series of a text exposition. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: string;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

/**
 * Parses the bytes of Prometheus' text format strictly by its definition.
 *
 * @throws Error for a violation of the format, and for a series that appears twice
 */
export function parseStrictly(text: string): Series[] {
  const sent = Buffer.from(text).toString();
  const seen = new Set<string>();
  const all = sent
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine);
  for (const { name, labels } of all) {
    const key = JSON.stringify([name, ...[...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(key)) throw new Error(`expected each series once, got ${key} again`);
    seen.add(key);
  }
  return all;
}

/** The suffixes of a family's samples in OpenMetrics. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

const EXEMPLAR = / # \{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*\} \S+(?: [\d.]+)?$/u;

/**
 * Parses OpenMetrics strictly by its specification.
 *
 * @throws Error for a violation of the format, a series that appears twice, and two families with one name
 */
export function parseOpenMetricsStrictly(text: string): Series[] {
  const lines = text.split('\n');
  if (lines.at(-1) !== '' || lines.at(-2) !== '# EOF') throw new Error('expected # EOF as the last line');
  const samples: string[] = [];
  const names = new Set<string>();
  let family = '';
  let type = '';
  for (const line of lines.slice(0, -2)) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/su.exec(line) ?? [];
    if (kind === 'HELP') {
      if (names.has(name)) throw new Error(`expected one family ${name}`);
      if (!/^(?:[^"\\]|\\[\\"n])*$/su.test(rest)) throw new Error(`expected an escaped help: ${line}`);
      names.add(name);
      family = name;
    } else if (kind === 'TYPE') {
      if (name !== family || !SUFFIXES[rest]) throw new Error(`expected the type of ${family}: ${line}`);
      type = rest;
    } else {
      const sample = NAME.exec(line)?.[0] ?? '';
      if (!SUFFIXES[type]?.some((suffix) => sample === family + suffix)) {
        throw new Error(`expected a sample of the ${type} ${family}: ${line}`);
      }
      const mayHaveExemplar = /_(?:total|bucket)$/.test(sample) && type !== 'unknown';
      samples.push(mayHaveExemplar ? line.replace(EXEMPLAR, '') : line);
    }
  }
  return parseStrictly(samples.join('\n'));
}

function parseLine(line: string): Series {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`expected a name: ${line}`);
  let rest = line.slice(name.length);
  const labels = new Map<string, string>();
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const match = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)",?/su.exec(rest);
      if (!match) throw new Error(`expected a label: ${rest}`);
      const [all, label = '', value = ''] = match;
      if (labels.has(label)) throw new Error(`expected each label once: ${line}`);
      labels.set(label, value);
      rest = rest.slice(all.length);
    }
    rest = rest.slice(1);
  }
  const value = /^ (NaN|[+-]?Inf|[-+]?[\d.]+(?:e[-+]?\d+)?)$/.exec(rest)?.[1];
  if (value === undefined) throw new Error(`expected a value: ${line}`);
  return { name, labels, value };
}
