/** Conditions, and the outcome if all of them hold. Facts without a condition are ignored. */
export type Row<Facts, Outcome> = readonly [when: Readonly<Partial<Facts>>, then: Outcome];

/** Returns the outcome of the first row whose conditions hold. The last row must have no conditions. */
export function decide<Facts extends object, Outcome>(
  rows: readonly Row<Facts, Outcome>[],
  facts: Facts,
): Outcome {
  for (const [when, then] of rows) if (holds(when, facts)) return then;
  throw new TypeError(`decide: expected a row for ${JSON.stringify(facts)}`);
}

function holds<Facts extends object>(when: Partial<Facts>, facts: Facts): boolean {
  return Object.entries(when).every(([name, value]) => facts[name as keyof Facts] === value);
}
