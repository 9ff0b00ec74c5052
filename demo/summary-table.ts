interface Summary {
  readonly count: number;
  readonly success_count: number;
  readonly failure_count: number;
  readonly cancelled_count: number;
  readonly avg_duration: number;
  readonly p95_duration: number;
}

const HEAD = ['operation', 'ended', 'completed', 'failed', 'cancelled', 'mean', 'p95'];

/** Prints what `/api/v1/summary` says of every operation. */
export async function printSummary(apiUrl: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(new URL('summary?hours=1', apiUrl), { headers });
  const { operations } = (await response.json()) as { operations: Record<string, Summary> };
  const rows = Object.entries(operations).map(([name, summary]) => [
    name,
    ...[summary.count, summary.success_count, summary.failure_count, summary.cancelled_count].map(String),
    ...[summary.avg_duration, summary.p95_duration].map((seconds) => `${seconds.toFixed(3)} s`),
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? head.length)),
  );
  console.log();
  for (const row of [HEAD, widths.map((width) => '-'.repeat(width)), ...rows]) {
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    );
  }
}
