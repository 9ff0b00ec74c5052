import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';
import { describe, expect, onTestFinished, test } from 'vitest';

import { findProgram } from '../../../scripts/stack/find-program.ts';
import { grafanaArgs, grafanaEnv, writeProvisioning } from '../../../scripts/stack/grafana.ts';
import { parseMount, readComposeFile } from '../../support/compose-file.ts';
import { readRepositoryFile, readYaml, repositoryPath } from '../../support/repository-file.ts';

interface Datasources {
  datasources: {
    uid: string;
    type: string;
    url: string;
    editable: boolean;
    jsonData: Record<string, unknown>;
  }[];
}
interface Providers {
  providers: {
    folderUid: string;
    allowUiUpdates: boolean;
    disableDeletion: boolean;
    options: { path: string };
  }[];
}

const DATASOURCES = 'grafana/provisioning/datasources/datasources.yml';
const PROVIDERS = 'grafana/provisioning/dashboards/dashboards.yml';
const { datasources } = readYaml(DATASOURCES) as Datasources;
const { providers } = readYaml(PROVIDERS) as Providers;

describe('data sources', () => {
  test('the data sources are Prometheus and Alertmanager under fixed, read-only uids', () => {
    expect(datasources.map(({ uid, type, editable }) => ({ uid, type, editable }))).toEqual([
      { uid: 'prometheus', type: 'prometheus', editable: false },
      { uid: 'alertmanager', type: 'alertmanager', editable: false },
    ]);
  });

  test('the Prometheus data source uses POST and knows its Alertmanager', () => {
    expect(datasources[0]).toMatchObject({
      isDefault: true,
      jsonData: { httpMethod: 'POST', prometheusType: 'Prometheus', alertmanagerUid: datasources[1]?.uid },
    });
    expect(datasources[1]?.jsonData['implementation']).toBe('prometheus');
  });
});

describe('the provider of dashboards', () => {
  test('the dashboard provider reverts changes made in Grafana', () => {
    expect(providers).toHaveLength(1);
    expect(providers[0]).toMatchObject({ type: 'file', allowUiUpdates: false, disableDeletion: true });
  });

  test('the dashboard provider reads the folder that compose mounts', () => {
    const mounts = readComposeFile().services.grafana.volumes.map(parseMount);
    expect(mounts).toContainEqual({
      source: './grafana/dashboards',
      target: providers[0]?.options.path,
      mode: 'ro,z',
    });
  });

  test('the dashboard folder’s uid differs from every dashboard’s', () => {
    const uids = readdirSync(repositoryPath('grafana/dashboards')).map((name) => name.replace(/\.json$/, ''));
    expect(uids).not.toHaveLength(0);
    expect(uids).not.toContain(providers[0]?.folderUid);
  });
});

describe('npm run stack', () => {
  const ports = { exporter: 11, feed: 12, prometheus: 13, alertmanager: 14, grafana: 15 };

  function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  test('npm run stack gives Grafana the same files with local addresses and folders', () => {
    const run = temporaryFolder();
    const provisioning = writeProvisioning({ source: repositoryPath('grafana'), run, data: run }, ports);
    const read = (path: string) => parse(readFileSync(join(provisioning, path), 'utf8')) as unknown;
    const local = (path: string) =>
      readRepositoryFile(path)
        .replace('http://prometheus:9090', 'http://127.0.0.1:13')
        .replace('http://alertmanager:9093', 'http://127.0.0.1:14')
        .replace('/etc/grafana/dashboards', repositoryPath('grafana/dashboards'));
    expect(read('datasources/datasources.yml')).toEqual(parse(local(DATASOURCES)));
    expect(read('dashboards/dashboards.yml')).toEqual(parse(local(PROVIDERS)));
  });

  test('npm run stack gives Grafana compose’s settings on loopback and never the default password', () => {
    const folders = { source: repositoryPath('grafana'), run: '/run', data: '/data' };
    const place = { provisioning: '/run/provisioning', port: 15, url: 'http://127.0.0.1:15' };
    const env = grafanaEnv({ PATH: '/bin' }, folders, place);
    const compose = Object.entries(readComposeFile().services.grafana.environment);
    for (const [name, value] of compose.filter(([, value]) => value === 'false'))
      expect(env[name]).toBe(value);
    for (const [name] of compose.filter(([name]) => name.startsWith('GF_'))) {
      expect(env).toHaveProperty([name]);
    }
    expect(env).toMatchObject({ PATH: '/bin', GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_HTTP_PORT: '15' });
    expect(env['GF_SECURITY_ADMIN_PASSWORD']).toMatch(/^[0-9a-f]{32}$/);
    expect(grafanaEnv({ GRAFANA_ADMIN_PASSWORD: 'mine' }, folders, place)).toMatchObject({
      GF_SECURITY_ADMIN_PASSWORD: 'mine',
    });
  });

  test('npm run stack finds Grafana’s home also behind a symlink', () => {
    const folder = temporaryFolder();
    const install = (...path: string[]) => {
      const bin = join(folder, ...path, 'bin');
      mkdirSync(bin, { recursive: true });
      const file = join(bin, path.at(-1) ?? '');
      writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
      return { bin, file, home: join(folder, ...path) };
    };
    const { home, file } = install('grafana');
    mkdirSync(join(home, 'conf'));
    writeFileSync(join(home, 'conf', 'defaults.ini'), '');
    const links = join(folder, 'links');
    mkdirSync(links);
    symlinkSync(file, join(links, 'grafana'));

    const found = findProgram(['grafana', 'grafana-server'], `/nowhere:${links}`);
    expect(found).toBe(join(links, 'grafana'));
    expect(grafanaArgs(found ?? '')).toEqual(['server', '--homepath', home]);
    expect(grafanaArgs(install('grafana-server').file)[0]).not.toBe('server');
  });
});
