import type { Clock } from '../monitor/clock.ts';
import type { OnLimit } from '../monitor/limits.ts';
import type { ConfigWith } from '../settings/config.ts';
import { nameOfSetting } from '../settings/settings.ts';
import { activityAnswer, firstMinuteMs, MINUTE_MS } from './activity-columns.ts';
import { HistogramGrowth } from './histogram-growth.ts';
import type {
  ActivityAnswer,
  HistoryReader,
  MetricsSummary,
  SummariesAnswer,
  SummaryAnswer,
  TrendAnswer,
  TrendRow,
} from '../api/history-answers.ts';
import { HistoryUnavailable } from './history-unavailable.ts';
import { readGrowth } from './operation-growth.ts';
import type { Windows } from './process-lives.ts';
import { PrometheusClient } from './prometheus-client.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface PrometheusHistoryOptions {
  readonly config: Pick<
    ConfigWith<'prometheusUrl'>,
    'prometheusUrl' | 'prometheusJob' | 'retentionDays' | 'variablePrefix'
  >;
  /** Name of the duration histogram with the labels `operation` and `status`, without `_bucket`. */
  readonly histogram: string;
  readonly clock: Clock;
  /** @defaultValue limits are not reported */
  readonly onLimit?: OnLimit;
}

/**
 * Reads history from Prometheus: from all instances of a job, across restarts, up to the last scrape. Time windows are exact
 * to the second and limited to the retention. An operation counts in the minute of its first scrape.
 *
 * If Prometheus has no process of the job in the window, it does not scrape the job, or uses another job name. Then the
 * history is unavailable instead of empty. If there are processes but no operations, the result is empty.
 */
export class PrometheusHistory implements HistoryReader {
  readonly #client: PrometheusClient;
  readonly #job: string;
  /** The name of the setting for the job. */
  readonly #jobSetting: string;
  readonly #histogram: string;
  readonly #retentionDays: number;
  readonly #clock: Clock;

  constructor({ config, histogram, clock, onLimit }: PrometheusHistoryOptions) {
    this.#client = new PrometheusClient(config.prometheusUrl, onLimit);
    this.#job = config.prometheusJob;
    this.#jobSetting = nameOfSetting('prometheusJob', config.variablePrefix);
    this.#histogram = histogram;
    this.#retentionDays = config.retentionDays;
    this.#clock = clock;
  }

  /** @throws HistoryUnavailable */
  async summary(operation: string, hours: number): Promise<SummaryAnswer> {
    const [growth] = await this.#growth([this.#last(hours)], operation);
    const histogram = growth?.get(operation) ?? new HistogramGrowth();
    return { source: 'prometheus', ...histogram.summarize() };
  }

  /** @throws HistoryUnavailable */
  async summaries(hours: number): Promise<SummariesAnswer> {
    const [growth] = await this.#growth([this.#last(hours)]);
    const operations = [...(growth ?? [])]
      .map(([operation, histogram]) => [operation, histogram.summarize()] as const)
      .filter(([, { count }]) => count > 0);
    return { source: 'prometheus', operations: Object.fromEntries(operations) };
  }

  /** @throws HistoryUnavailable */
  async trend(operation: string, days: number): Promise<TrendAnswer> {
    const nowMs = this.#clock.now();
    const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
    const daysBefore = Math.max(Math.min(Math.floor(days), this.#retentionDays), 1) - 1;
    const firstMs = todayMs - daysBefore * DAY_MS;
    const before = daysBefore > 0 ? [{ startMs: firstMs, lengthMs: DAY_MS, count: daysBefore }] : [];
    const today = { startMs: todayMs, lengthMs: Math.max(nowMs - todayMs, SECOND_MS), count: 1 };
    const growths = await this.#growth([...before, today], operation);
    const trend = growths.flatMap((growth, day) => {
      const summary = growth.get(operation)?.summarize();
      return summary && summary.count > 0 ? [trendRow(firstMs + day * DAY_MS, summary)] : [];
    });
    return { source: 'prometheus', trend };
  }

  /** @throws HistoryUnavailable */
  async activity(minutes: number, operation?: string): Promise<ActivityAnswer> {
    const startMs = firstMinuteMs(this.#clock.now(), minutes);
    // The last edge is in the future. Prometheus evaluates it with the latest samples.
    const growths = await this.#growth([{ startMs, lengthMs: MINUTE_MS, count: minutes }], operation);
    const rows = growths.map(
      (growth) => new Map([...growth].map(([name, histogram]) => [name, histogram.activity()] as const)),
    );
    return activityAnswer('prometheus', startMs, rows, operation);
  }

  #last(hours: number): Windows {
    const longestMs = this.#retentionDays * DAY_MS;
    const lengthMs = Math.max(Math.min(Math.round(hours * HOUR_MS), longestMs), SECOND_MS);
    return { startMs: this.#clock.now() - lengthMs, lengthMs, count: 1 };
  }

  async #growth(windows: readonly Windows[], operation?: string) {
    const selection = { histogram: this.#histogram, job: this.#job, operation };
    const growths = await Promise.all(windows.map((each) => readGrowth(this.#client, selection, each)));
    if (!growths.some(({ isJobSeen }) => isJobSeen)) {
      throw new HistoryUnavailable(
        'refused',
        `Prometheus has no series of job ${JSON.stringify(this.#job)}: let it scrape this exporter, or set ${this.#jobSetting} to the name of its job`,
      );
    }
    return growths.flatMap((growth) => growth.windows);
  }
}

function trendRow(dayMs: number, summary: MetricsSummary): TrendRow {
  const { count, successRate, avgDuration, minDuration, maxDuration } = summary;
  const date = new Date(dayMs).toISOString().slice(0, 10);
  return { date, count, successRate, avgDuration, minDuration, maxDuration };
}
