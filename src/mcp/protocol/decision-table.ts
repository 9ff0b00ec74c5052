/** Conditions on some facts, and what follows where all of them hold. A fact that is not named may be anything. */
export type Row<Facts, Outcome> = readonly [when: Readonly<Partial<Facts>>, then: Outcome];

/** What follows by the first row whose conditions hold. The last row must have none. */
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
