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
  /** The servers that the operations belong to in turns. @defaultValue none, as in versions without the label */
  readonly servers?: readonly string[];
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

function samplesOf({
  instance,
  born,
  scrapedFrom = born,
  scrapedTo,
  operations,
  servers = [''],
}: PastProcess) {
  const target = `job="${JOB}",instance="${instance}"`;
  const starts: string[] = [];
  const counts: string[] = [];
  const sums: string[] = [];
  const labeled = operations.map(({ at, operation, status, seconds }, index) => ({
    endedAtMs: Date.parse(at),
    seconds,
    labels: `${target},mcp_server_name="${servers[index % servers.length]}",operation="${operation}",status="${status}"`,
  }));
  for (let ms = Date.parse(scrapedFrom); ms <= Date.parse(scrapedTo); ms += SCRAPE_INTERVAL_MS) {
    const seconds = ms / 1000;
    starts.push(`process_start_time_seconds{${target}} ${Date.parse(born) / 1000} ${seconds}`);
    const ended = labeled.filter(({ endedAtMs }) => endedAtMs <= ms);
    for (const labels of new Set(ended.map((each) => each.labels))) {
      const durations = ended.filter((each) => each.labels === labels).map((each) => each.seconds);
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
