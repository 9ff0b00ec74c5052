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
