interface Summary {
  readonly count: number;
  readonly avg_duration: number;
  readonly p95_duration: number;
  /** The number of operations with each outcome. */
  readonly [name: `${string}_count`]: number;
}

const COUNT = /_count$/;

/** Prints the summaries of all operations from `/api/v1/summary`. */
export async function printSummary(apiUrl: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(new URL('summary?hours=1', apiUrl), { headers });
  const { operations } = (await response.json()) as { operations: Record<string, Summary> };
  const outcomes = Object.keys(Object.values(operations)[0] ?? {}).filter(isCount);
  const head = ['operation', 'ended', ...outcomes.map((name) => name.replace(COUNT, '')), 'mean', 'p95'];
  const rows = Object.entries(operations).map(([name, summary]) => [
    name,
    ...[summary.count, ...outcomes.map((outcome) => summary[outcome])].map(String),
    ...[summary.avg_duration, summary.p95_duration].map((seconds) => `${seconds.toFixed(3)} s`),
  ]);
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log();
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) {
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    );
  }
}

function isCount(name: string): name is `${string}_count` {
  return COUNT.test(name);
}
