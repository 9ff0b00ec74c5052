import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';

import { prometheusConfig } from '../../../scripts/stack/prometheus-config.ts';
import { describeSettings } from '../../../src/settings/settings.ts';
import { readRepositoryFile, readYaml } from '../../support/repository-file.ts';

interface ScrapeJob {
  job_name: string;
  static_configs: { targets: string[] }[];
  authorization?: { credentials_file: string };
}
interface PrometheusConfig {
  global: { scrape_interval: string; evaluation_interval: string; external_labels: Record<string, string> };
  rule_files: string[];
  alerting: {
    alertmanagers?: { static_configs: { targets: string[] }[] }[];
    alert_relabel_configs: { regex: string; action: string }[];
  };
  scrape_configs: ScrapeJob[];
}

const text = readRepositoryFile('prometheus.yml');
const file = parse(text) as PrometheusConfig;
const ports = { exporter: 11, feed: 12, prometheus: 13, alertmanager: 14, grafana: 15 };
const targets = (config: PrometheusConfig) =>
  Object.fromEntries(config.scrape_configs.map((job) => [job.job_name, job.static_configs[0]?.targets]));

describe('prometheus.yml', () => {
  test('prometheus.yml scrapes the exporter under the default job name and itself, both on this host', () => {
    expect(targets(file)).toEqual({ 'mcp-exporter': ['127.0.0.1:3001'], prometheus: ['127.0.0.1:9090'] });
    expect(file.alerting.alertmanagers).toBeUndefined();
    const job = describeSettings().find(({ name }) => name === 'PROMETHEUS_JOB');
    expect(file.scrape_configs[0]?.job_name).toBe(job?.fallback);
  });

  test('labels used in links come from the environment and never become alert labels', () => {
    const labels = file.global.external_labels;
    expect(labels).toEqual({
      exporter_url: '${MONITORING_PUBLIC_URL}',
      grafana_url: '${MONITORING_GRAFANA_URL}',
    });
    const [drop] = file.alerting.alert_relabel_configs;
    expect(drop).toEqual({ regex: Object.keys(labels).join('|'), action: 'labeldrop' });
  });

  test('Grafana’s data source knows the scrape interval', () => {
    const { datasources } = readYaml('grafana/provisioning/datasources/datasources.yml') as {
      datasources: { uid: string; jsonData: { timeInterval?: string } }[];
    };
    const prometheus = datasources.find(({ uid }) => uid === 'prometheus');
    expect(prometheus?.jsonData.timeInterval).toBe(file.global.scrape_interval);
  });
});

describe('npm run stack', () => {
  test('npm run stack changes the addresses in prometheus.yml and adds Alertmanager, nothing else', () => {
    const local = JSON.parse(
      JSON.stringify(file)
        .replace('127.0.0.1:3001', '127.0.0.1:11')
        .replace('127.0.0.1:9090', '127.0.0.1:13'),
    ) as PrometheusConfig;
    const alertmanagers = [{ static_configs: [{ targets: ['127.0.0.1:14'] }] }];
    local.alerting.alertmanagers = alertmanagers;
    local.scrape_configs.push({ job_name: 'alertmanager', ...alertmanagers[0] } as ScrapeJob);
    expect(parse(prometheusConfig(text, { ports, hasKey: false }))).toEqual(local);
  });

  test('npm run stack replaces each address once, also if a chosen port is another default', () => {
    const swapped = { ...ports, exporter: 9090, prometheus: 3001 };
    expect(
      targets(parse(prometheusConfig(text, { ports: swapped, hasKey: false })) as PrometheusConfig),
    ).toEqual({
      'mcp-exporter': ['127.0.0.1:9090'],
      prometheus: ['127.0.0.1:3001'],
      alertmanager: ['127.0.0.1:14'],
    });
  });

  test('npm run stack sends the key only to the exporter', () => {
    const { scrape_configs: jobs } = parse(
      prometheusConfig(text, { ports, hasKey: true }),
    ) as PrometheusConfig;
    expect(jobs.map(({ job_name, authorization }) => [job_name, authorization])).toEqual([
      ['mcp-exporter', { credentials_file: 'exporter-key' }],
      ['prometheus', undefined],
      ['alertmanager', undefined],
    ]);
  });

  test('prometheus.yml can get other intervals for tests', () => {
    const run = { ports, hasKey: false, scrapeInterval: '1s', evaluationInterval: '2s' };
    const { global } = parse(prometheusConfig(text, run)) as PrometheusConfig;
    expect(global).toMatchObject({ scrape_interval: '1s', evaluation_interval: '2s' });
  });
});
