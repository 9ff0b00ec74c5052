import { withoutSecrets } from '../../src/settings/config.ts';
import { alertmanagerConfig } from './alertmanager-config.ts';
import { grafanaArgs, grafanaEnv, writeProvisioning } from './grafana.ts';
import { HOST } from './ports.ts';
import type { ProgramCommand } from './program.ts';
import { prometheusConfig } from './prometheus-config.ts';
import { copyRules } from './rule-file.ts';
import { inRepository, readRepositoryFile } from './run-folder.ts';
import type { StackRun } from './stack-run.ts';

/** Only Grafana gets its password. */
function withoutGrafana(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GRAFANA_ADMIN_PASSWORD: _, ...rest } = env;
  return rest;
}

/** Other programs get their secrets from configuration files. */
function foreignEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return withoutGrafana(withoutSecrets(env));
}

/**
 * The built exporter. Its settings come from the environment of the run, except for its addresses. Null if an exporter
 * already runs.
 */
export function exporterProgram({
  env,
  ports,
  links,
  workspaceDir,
  hasOwnExporter,
}: StackRun): ProgramCommand | null {
  if (!hasOwnExporter) return null;
  return {
    name: 'The exporter',
    command: process.execPath,
    args: [inRepository('dist/cli.js'), 'serve', '--workspace', workspaceDir],
    env: {
      ...withoutGrafana(env),
      MONITORING_WS_HOST: HOST,
      MONITORING_DASHBOARD_PORT: String(ports.exporter),
      MONITORING_WS_PORT: String(ports.feed),
      PROMETHEUS_URL: `http://${HOST}:${ports.prometheus}`,
      PROMETHEUS_JOB: 'mcp-exporter',
      MONITORING_PUBLIC_URL: links.exporter,
      MONITORING_GRAFANA_URL: links.grafana,
    },
    readyUrl: `http://${HOST}:${ports.exporter}/ready`,
  };
}

export function alertmanagerProgram({
  env,
  config,
  ports,
  folder,
  timing,
  commands,
}: StackRun): ProgramCommand {
  const webhookUrl = config.isAlertingEnabled ? (config.alertWebhookUrl ?? null) : null;
  const { groupWait, groupInterval } = timing;
  const text = readRepositoryFile('prometheus/alertmanager.yml');
  const file = folder.write(
    'alertmanager.yml',
    alertmanagerConfig(text, { webhookUrl, groupWait, groupInterval }),
  );
  const url = `http://${HOST}:${ports.alertmanager}`;
  return {
    name: 'Alertmanager',
    command: commands.alertmanager,
    args: [
      `--config.file=${file}`,
      `--storage.path=${folder.data('alertmanager')}`,
      `--web.listen-address=${HOST}:${ports.alertmanager}`,
      `--web.external-url=${url}`,
      '--cluster.listen-address=',
    ],
    env: foreignEnv(env),
    readyUrl: `${url}/-/ready`,
  };
}

export function prometheusProgram(run: StackRun): ProgramCommand {
  const { env, config, ports, folder, timing, links, commands } = run;
  const key = env['MONITORING_API_KEY'] ?? '';
  if (key !== '') folder.write('exporter-key', key);
  const { scrapeInterval, evaluationInterval, transformRules } = timing;
  const local = { ports, hasKey: key !== '', scrapeInterval, evaluationInterval };
  const file = folder.write('prometheus.yml', prometheusConfig(readRepositoryFile('prometheus.yml'), local));
  copyRules(inRepository('prometheus/rules'), folder.path('prometheus/rules'), transformRules);
  const url = `http://${HOST}:${ports.prometheus}`;
  return {
    name: 'Prometheus',
    command: commands.prometheus,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder.data('prometheus')}`,
      `--storage.tsdb.retention.time=${config.retentionDays}d`,
      `--web.listen-address=${HOST}:${ports.prometheus}`,
      `--web.external-url=${url}`,
      '--enable-feature=exemplar-storage,expand-external-labels',
    ],
    env: {
      ...foreignEnv(env),
      MONITORING_PUBLIC_URL: links.exporter,
      MONITORING_GRAFANA_URL: links.grafana,
    },
    readyUrl: `${url}/-/ready`,
  };
}

/** Null if Grafana is not on the PATH. */
export function grafanaProgram({ env, ports, folder, links, commands }: StackRun): ProgramCommand | null {
  if (commands.grafana === null) return null;
  const folders = {
    source: inRepository('grafana'),
    run: folder.path('grafana'),
    data: folder.data('grafana'),
  };
  const provisioning = writeProvisioning(folders, ports);
  return {
    name: 'Grafana',
    command: commands.grafana,
    args: grafanaArgs(commands.grafana),
    env: grafanaEnv(env, folders, { provisioning, port: ports.grafana, url: links.grafana }),
    readyUrl: `http://${HOST}:${ports.grafana}/api/health`,
  };
}
