import { existsSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { withComposeSettings } from '../../../scripts/compose-settings.ts';
import { STACK_PORTS } from '../../../scripts/stack/ports.ts';
import { describeSettings } from '../../../src/settings/settings.ts';
import { COMPOSE_FILE, parseMount, readComposeFile, withDefaults } from '../../support/compose-file.ts';
import { readRepositoryFile, readYaml, repositoryPath } from '../../support/repository-file.ts';

const compose = readComposeFile();
const { exporter, prometheus, alertmanager, grafana } = compose.services;
const services = Object.entries(compose.services);
const mounts = services.flatMap(([name, { volumes }]) =>
  volumes.map((volume) => ({ name, ...parseMount(volume) })),
);
const settingDefaults = new Map(describeSettings().map(({ name, fallback }) => [name, fallback]));

test('there are the four services, and no version: Compose ignores it with a warning', () => {
  expect(Object.keys(compose.services).toSorted()).toEqual([
    'alertmanager',
    'exporter',
    'grafana',
    'prometheus',
  ]);
  expect(readYaml(COMPOSE_FILE)).not.toHaveProperty('version');
});

describe.each(services)('%s', (name, service) => {
  test('each service is read-only, gains no privilege, and restarts after a crash', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
  });

  test('each image is pinned to a version, or built here unless another one is set', () => {
    if (service.build) {
      expect(existsSync(repositoryPath(service.build.dockerfile))).toBe(true);
      expect(service.image).toBe('${MCP_EXPORTER_IMAGE:-mcp-exporter}');
    } else expect(service.image).toMatch(/^docker\.io\/[\w/-]+:v?\d+\.\d+\.\d+$/);
  });

  test('each service has a health check', () => {
    if (name === 'exporter')
      expect(readRepositoryFile('docker/Dockerfile.monitoring')).toContain('HEALTHCHECK');
    else expect(service.healthcheck?.test.join(' ')).toMatch(/^CMD wget .*http:\/\/127\.0\.0\.1:\d+\//);
  });

  test('each service listens on loopback only', () => {
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+$/);
  });

  test('waits only for services that say when they are ready', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(compose.services).toHaveProperty([other, 'healthcheck']);
    }
  });
});

describe('mounts', () => {
  const bound = mounts.filter(({ source }) => /^[.$]/.test(source));
  const named = mounts.filter(({ source }) => !/^[.$]/.test(source));

  test.each(bound.map(({ name, source, mode }) => [name, source, mode]))(
    '%s: %s exists and is read-only',
    (_name, source, mode) => {
      expect(existsSync(repositoryPath(withDefaults(source)))).toBe(true);
      expect(withDefaults(mode)).toBe('ro,z');
    },
  );

  test('every named volume is declared and used by one service', () => {
    const sources = named.map(({ source }) => source);
    expect(sources.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  test('files that the scripts write go to a tmpfs', () => {
    for (const { entrypoint = [], tmpfs = [] } of [prometheus, alertmanager]) {
      const [, folder] = /(\/run\/\w+)/.exec(entrypoint[2] ?? '') ?? [];
      expect(tmpfs).toEqual([folder]);
    }
  });
});

describe('ports', () => {
  const published = (name: keyof typeof compose.services) =>
    compose.services[name].ports.map((port) => Number(withDefaults(port).split(':')[1]));

  test('the ports are the documented ones and those of npm run stack', () => {
    expect(published('exporter')).toEqual([STACK_PORTS.feed.port, STACK_PORTS.exporter.port]);
    for (const name of ['prometheus', 'alertmanager', 'grafana'] as const) {
      expect(published(name)).toEqual([STACK_PORTS[name].port]);
    }
  });

  test('the exporter’s ports are its defaults', () => {
    const { MONITORING_WS_PORT, MONITORING_DASHBOARD_PORT } = exporter.environment;
    expect(String(MONITORING_WS_PORT)).toBe(settingDefaults.get('MONITORING_WS_PORT'));
    expect(String(MONITORING_DASHBOARD_PORT)).toBe(settingDefaults.get('MONITORING_DASHBOARD_PORT'));
    const targets = exporter.ports.map((port) => Number(withDefaults(port).split(':')[2]));
    expect(targets).toEqual([MONITORING_WS_PORT, MONITORING_DASHBOARD_PORT]);
  });

  test('ports inside the network match Prometheus’ entrypoint and Grafana’s data sources', () => {
    const addresses = ['exporter:3001', 'prometheus:9090', 'alertmanager:9093'];
    for (const address of addresses) {
      const [name = '', port] = address.split(':');
      expect(compose.services).toHaveProperty([name]);
      const targets = compose.services[name as 'exporter'].ports.map(
        (mapping) => withDefaults(mapping).split(':')[2],
      );
      expect(targets).toContain(port);
    }
    const texts = [
      prometheus.entrypoint?.join('\n') ?? '',
      readRepositoryFile('grafana/provisioning/datasources/datasources.yml'),
    ];
    const used = texts.flatMap((text) => text.match(/\b(?:exporter|prometheus|alertmanager):\d+/g) ?? []);
    expect([...new Set(used)].toSorted()).toEqual(addresses.toSorted());
    expect(exporter.environment['PROMETHEUS_URL']).toBe('http://prometheus:9090');
  });

  test('links use the published ports', () => {
    const portOf = (service: { ports: string[] }) =>
      / *127\.0\.0\.1:(\$\{.*\}):\d+$/.exec(service.ports.at(-1) ?? '')?.[1];
    for (const { environment } of [exporter, prometheus]) {
      expect(environment).toMatchObject({ PAGE_PORT: portOf(exporter), GRAFANA_PORT: portOf(grafana) });
    }
    expect(grafana.environment).toMatchObject({
      GRAFANA_PORT: portOf(grafana),
      GF_SERVER_ROOT_URL: exporter.environment['MONITORING_GRAFANA_URL'],
    });
    for (const service of [prometheus, alertmanager]) {
      expect(service.command).toContain(`--web.external-url=http://127.0.0.1:${portOf(service)}`);
    }
  });
});

describe('settings', () => {
  const ofCompose = ['PAGE_PORT', 'GRAFANA_PORT', 'HTTPS_PROXY', 'HTTP_PROXY', 'no_proxy'];
  const fixed = new Set([
    ...ofCompose,
    'MONITORING_WS_HOST',
    'MONITORING_WS_PORT',
    'MONITORING_DASHBOARD_PORT',
    'PROMETHEUS_URL',
    'PROMETHEUS_JOB',
  ]);

  const ownDefaults: Readonly<Record<string, string>> = {
    MONITORING_ALLOWED_HOSTS: 'exporter,${MONITORING_ALLOWED_HOSTS:-}',
    // The port is published on loopback alone.
    MONITORING_ALLOW_UNAUTHENTICATED: '${MONITORING_ALLOW_UNAUTHENTICATED:-true}',
  };

  test('the exporter’s settings are listed as they are declared (npm run docs makes the list)', () => {
    const file = readRepositoryFile(COMPOSE_FILE);
    expect(file).toBe(withComposeSettings(file));
  });

  test('compose passes every setting of the exporter', () => {
    expect(Object.keys(exporter.environment).toSorted()).toEqual(
      [...settingDefaults.keys(), ...ofCompose].toSorted(),
    );
  });

  test('compose takes settings from the host’s environment without defaults of its own', () => {
    for (const [name, value] of Object.entries(exporter.environment)) {
      if (fixed.has(name)) continue;
      const expected = ownDefaults[name] ?? `\${${name}:-}`;
      expect(value).toBe(expected);
    }
  });

  test('compose allows unauthenticated access only with ports on loopback', () => {
    expect(exporter.environment['MONITORING_ALLOW_UNAUTHENTICATED']).toContain(':-true}');
    for (const port of exporter.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('compose allows the host name under which Prometheus scrapes the exporter', () => {
    const [, host] = /\/(\w+):3001\//.exec(prometheus.entrypoint?.join('\n') ?? '') ?? [];
    const names = String(exporter.environment['MONITORING_ALLOWED_HOSTS']).split(',');
    expect(names).toContain(host);
  });

  test('compose uses the exporter’s defaults for retention and job name', () => {
    expect(prometheus.command).toContain(
      `--storage.tsdb.retention.time=\${METRICS_RETENTION_DAYS:-${settingDefaults.get('METRICS_RETENTION_DAYS')}}d`,
    );
    expect(exporter.environment['PROMETHEUS_JOB']).toBe(settingDefaults.get('PROMETHEUS_JOB'));
  });

  test('compose contains no secret, and requires none for logs and down', () => {
    for (const [, { environment }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|_KEY$|WEBHOOK_URL/.test(name)) expect(value).toMatch(/^\$\{\w+:-\}$/);
      }
    }
    expect(readRepositoryFile(COMPOSE_FILE)).not.toMatch(/\$\{\w+:?\?/);
  });
});

test('Grafana opens on the overview, does not call home and requires a login', () => {
  const dashboards = grafana.volumes.map(parseMount).find(({ source }) => source === './grafana/dashboards');
  expect(grafana.environment).toMatchObject({
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${dashboards?.target}/mcp-overview.json`,
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
  });
  expect(existsSync(repositoryPath('grafana/dashboards/mcp-overview.json'))).toBe(true);
});

test('Prometheus keeps exemplars and expands the labels used in links', () => {
  expect(prometheus.command).toContain('--enable-feature=exemplar-storage,expand-external-labels');
});
