import { once } from 'node:events';

import { expect } from 'vitest';

import type { FallbackReason } from '../../src/monitor/fallback-reasons.ts';
import type { Clock } from '../../src/monitor/clock.ts';
import { hub } from './cli-process.ts';
import { queryFrontEnd, type Distortion } from './query-front-end.ts';
import { ended, report } from './reports.ts';
import { runExporter } from './running-exporter.ts';

/** A program that scrapes exporters and answers queries. */
interface Scraper {
  readonly url: string;
  readonly scrape: (...bases: URL[]) => void;
}

interface Answer {
  readonly source: 'local' | 'prometheus';
  readonly fallback?: { readonly reason: FallbackReason; readonly message: string };
}
type Counts = Readonly<Record<string, number>>;
type Summary = Answer & { readonly count: number; readonly failure_count: number };
type Summaries = Answer & { readonly operations: Readonly<Record<string, Summary>> };
type Trend = Answer & { readonly trend: readonly { readonly count: number }[] };
type Activity = Answer & {
  readonly operations: Readonly<Record<string, { readonly count: readonly number[] }>>;
};

const sum = (numbers: readonly number[] = []) => numbers.reduce((total, each) => total + each, 0);

/** The counts of each route of the history. */
const ROUTES: readonly [path: string, counts: (answer: never) => Counts][] = [
  ['summary?operation=scan&hours=1', (one: Summary) => ({ scan: one.count, failed: one.failure_count })],
  [
    'summary?hours=2',
    ({ operations: { scan, fix } }: Summaries) => ({ scan: scan?.count ?? 0, fix: fix?.count ?? 0 }),
  ],
  ['trend?operation=scan&days=2', ({ trend }: Trend) => ({ scan: sum(trend.map(({ count }) => count)) })],
  ['activity?minutes=60', ({ operations: { scan } }: Activity) => ({ scan: sum(scan?.count) })],
];

/** The right counts: of all exporters, and of the exporter that answers. */
const TRUTH: Readonly<Record<Answer['source'], readonly Counts[]>> = {
  prometheus: [{ scan: 13, failed: 2 }, { scan: 13, fix: 3 }, { scan: 13 }, { scan: 13 }],
  local: [{ scan: 7, failed: 2 }, { scan: 7, fix: 0 }, { scan: 7 }, { scan: 7 }],
};

/**
 * Two scraped exporters, one of which has restarted. The other one reads its history through a query front end.
 *
 * @param clock - that of the exporter that reads
 */
export async function scrapedExporters({ url, scrape }: Scraper, clock?: Clock) {
  const frontEnd = await queryFrontEnd(url);
  const { exporter, urls, get } = await runExporter({
    config: { prometheusUrl: frontEnd.url },
    ...(clock && { clock }),
  });
  for (let i = 0; i < 7; i++) {
    exporter.recordMetric({ operationType: 'scan', duration: i + 1, success: i < 5 });
  }
  const before = await hub();
  await report(before.base, ended('scan', 4, 0.3));
  scrape(new URL(urls.metrics), before.base);

  const read = async <T extends Answer>(path: string) => (await get(`/api/v1/${path}`)).json() as T;
  const readAll = () =>
    Promise.all(
      ROUTES.map(async ([path, counts]) => {
        const answer = await read(path);
        return { answer, counts: counts(answer as never) };
      }),
    );
  await expect.poll(() => read('summary?operation=scan')).toMatchObject({ source: 'prometheus', count: 11 });
  before.child.kill('SIGTERM');
  await once(before.child, 'exit');
  const after = await hub({ MONITORING_DASHBOARD_PORT: before.base.port });
  await report(after.base, [...ended('scan', 2, 20), ...ended('fix', 3, 1)]);
  const all = async () => (await readAll()).map(({ counts }) => counts);
  await expect.poll(all).toEqual(TRUTH.prometheus);

  const [honest] = await readAll();
  const fallbacks = async () => {
    const counters = /^mcp_exporter_history_fallbacks_total\S+ (\d+)$/gm;
    return sum([...(await get('/metrics')).text.matchAll(counters)].map(([, count]) => Number(count)));
  };
  return {
    frontEnd,
    /** The addresses of the exporter that reads, and of the other one. */
    bases: [new URL(urls.metrics), after.base] as const,
    /** Checks that each answer is right, or comes from the memory of the exporter that reads, for one of `reasons`. */
    expectTruth: async (title: string, distortion: Distortion, reasons: readonly FallbackReason[]) => {
      frontEnd.distortion = distortion;
      const countBefore = await fallbacks();
      const answers = await readAll();
      const local = answers.filter(({ answer: { source } }) => source === 'local');
      const [summary] = answers;
      expect(summary?.answer, title).toMatchObject(
        reasons.length === 0 ? { ...honest?.answer } : { source: 'local' },
      );
      expect(
        answers.map(({ counts }) => counts),
        title,
      ).toEqual(answers.map(({ answer: { source } }, route) => TRUTH[source][route]));
      for (const { answer } of local) {
        expect(reasons, `${title}: ${answer.fallback?.message}`).toContain(answer.fallback?.reason);
      }
      expect((await fallbacks()) - countBefore, title).toBe(local.length);
    },
  };
}
