import { plural } from '../plural.ts';
import type { Sample } from '../history/checked-query.ts';
import { HistoryUnavailable } from '../history/history-unavailable.ts';
import { PrometheusClient } from '../history/prometheus-client.ts';
import type { Config } from '../settings/config.ts';
import { ok, problem, warning, type Check } from './check.ts';

const NAME = 'Prometheus';

/** Asks Prometheus whether it scrapes the exporter. */
export async function checkPrometheus({
  prometheusUrl,
  prometheusJob: job,
}: Pick<Config, 'prometheusUrl' | 'prometheusJob'>): Promise<Check> {
  if (prometheusUrl === undefined) {
    return ok(NAME, 'PROMETHEUS_URL is not set. Summaries and trends come from the exporter itself');
  }
  try {
    const targets = await new PrometheusClient(prometheusUrl).query(`up{job="${job}"}`, Date.now());
    return describeTargets(job, targets);
  } catch (error) {
    if (!(error instanceof HistoryUnavailable)) throw error;
    const fix = 'Start Prometheus, or correct PROMETHEUS_URL.';
    return problem(NAME, error.message, { fix, section: 'prometheusUnavailable' });
  }
}

function describeTargets(job: string, targets: readonly Sample[]): Check {
  if (targets.length === 0) {
    return problem(NAME, `answers, but has no target of the job ${JSON.stringify(job)}`, {
      fix: 'Add the job to scrape_configs of Prometheus, or set PROMETHEUS_JOB to its name.',
      section: 'prometheusUnavailable',
    });
  }
  const down = targets.filter(({ value }) => value !== 1);
  if (down.length > 0) {
    const instances = down.map(({ labels }) => labels['instance'] ?? 'a target').join(', ');
    const fix = 'Start the exporter, or correct the address and the key of the job.';
    return warning(NAME, `cannot scrape ${instances}`, { fix, section: 'targetDown' });
  }
  return ok(NAME, `scrapes ${plural(targets.length, 'target')} of the job ${job}`);
}
