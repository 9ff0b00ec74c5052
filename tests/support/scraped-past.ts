import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pipelineCatalogue } from '../../src/metrics/catalogue.ts';
import type { OperationOutcome } from '../../src/monitor/outcomes.ts';
import { JOB, temporaryDirectory } from './prometheus-process.ts';

/** An operation that ended. */
export interface PastOperation {
  readonly at: string;
  readonly operation: string;
  readonly status: OperationOutcome;
  readonly seconds: number;
}

/** One process of an exporter, and the time in which Prometheus scraped it. */
export interface PastProcess {
  readonly instance: string;
  readonly born: string;
  /** @defaultValue from its start */
  readonly scrapedFrom?: string;
  readonly scrapedTo: string;
  /** The operations in the order of their ends. */
  readonly operations: readonly PastOperation[];
}

const SCRAPE_INTERVAL_MS = 120_000;
const { name, buckets } = pipelineCatalogue.operationDuration;
const BOUNDS = [...buckets, Infinity];

/** The data folder of a Prometheus that has scraped these processes every two minutes. */
export function scrapedPast(processes: readonly PastProcess[]): string {
  const directory = temporaryDirectory();
  const file = join(directory, 'past.txt');
  const data = join(directory, 'data');
  const series = processes.map(samplesOf);
  const families = [
    '# TYPE process_start_time_seconds gauge',
    ...series.flatMap(({ starts }) => starts),
    // Not declared as a histogram, because promtool requires all series of a histogram together. The stored data is the same.
    `# TYPE ${name}_bucket unknown`,
    ...series.flatMap(({ counts }) => counts),
    `# TYPE ${name}_sum unknown`,
    ...series.flatMap(({ sums }) => sums),
    '# EOF',
  ];
  writeFileSync(file, `${families.join('\n')}\n`);
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, data]);
  return data;
}

function samplesOf({ instance, born, scrapedFrom = born, scrapedTo, operations }: PastProcess) {
  const target = `job="${JOB}",instance="${instance}"`;
  const starts: string[] = [];
  const counts: string[] = [];
  const sums: string[] = [];
  for (let ms = Date.parse(scrapedFrom); ms <= Date.parse(scrapedTo); ms += SCRAPE_INTERVAL_MS) {
    const seconds = ms / 1000;
    starts.push(`process_start_time_seconds{${target}} ${Date.parse(born) / 1000} ${seconds}`);
    const ended = operations.filter(({ at }) => Date.parse(at) <= ms);
    for (const { operation, status } of new Map(
      ended.map((each) => [`${each.operation} ${each.status}`, each]),
    ).values()) {
      const durations = ended
        .filter((each) => each.operation === operation && each.status === status)
        .map((each) => each.seconds);
      const labels = `${target},operation="${operation}",status="${status}"`;
      for (const bound of BOUNDS) {
        const le = bound === Infinity ? '+Inf' : String(bound);
        counts.push(
          `${name}_bucket{${labels},le="${le}"} ${durations.filter((duration) => duration <= bound).length} ${seconds}`,
        );
      }
      sums.push(`${name}_sum{${labels}} ${durations.reduce((sum, each) => sum + each, 0)} ${seconds}`);
    }
  }
  return { starts, counts, sums };
}
