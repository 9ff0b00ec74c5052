import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';

import { alertmanagerConfig } from '../../../scripts/stack/alertmanager-config.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';

interface AlertmanagerConfig {
  route: {
    receiver: string;
    group_by: string[];
    group_wait: string;
    group_interval: string;
    routes: { receiver: string; matchers: string[] }[];
  };
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  receivers: { name: string; webhook_configs?: { url: string; send_resolved: boolean }[] }[];
}

const text = readRepositoryFile('prometheus/alertmanager.yml');
const file = parse(text) as AlertmanagerConfig;
const NASTY_URL = String.raw`https://hooks.example.com/a\b?c='d'&e=$HOME#"f&&\1`;

describe('alertmanager.yml', () => {
  test('alertmanager.yml groups one alert for all affected series and sends its end', () => {
    expect(file.route.group_by).toEqual(['alertname', 'job']);
    expect(file.receivers.find(({ name }) => name === 'webhook')?.webhook_configs).toEqual([
      { url: 'http://webhook.invalid/', send_resolved: true },
    ]);
  });

  test('alertmanager.yml sends no notification for info alerts and the watchdog', () => {
    expect(file.route.routes).toEqual([{ receiver: 'none', matchers: ['severity =~ "info|none"'] }]);
    expect(file.receivers.find(({ name }) => name === 'none')).toEqual({ name: 'none' });
  });

  test('a critical alert silences the warning of the same name, job and server', () => {
    expect(file.inhibit_rules).toEqual([
      {
        source_matchers: ['severity = "critical"'],
        target_matchers: ['severity = "warning"'],
        equal: ['alertname', 'job', 'mcp_server_name'],
      },
    ]);
  });
});

describe('npm run stack', () => {
  test.each(['http://127.0.0.1:9/hook', NASTY_URL])(
    'npm run stack posts to %s and changes nothing else',
    (webhookUrl) => {
      const made = parse(alertmanagerConfig(text, { webhookUrl })) as AlertmanagerConfig;
      const expected = structuredClone(file);
      const [webhook] = expected.receivers.find(({ name }) => name === 'webhook')?.webhook_configs ?? [];
      if (webhook) webhook.url = webhookUrl;
      expect(made).toEqual(expected);
    },
  );

  test('npm run stack without a webhook sends nothing and changes nothing else', () => {
    const made = parse(alertmanagerConfig(text, { webhookUrl: null })) as AlertmanagerConfig;
    expect(made).toEqual({ ...file, route: { ...file.route, receiver: 'none' } });
  });

  test('alertmanager.yml can get other intervals for tests', () => {
    const run = { webhookUrl: null, groupWait: '1s', groupInterval: '2s' };
    const { route } = parse(alertmanagerConfig(text, run)) as AlertmanagerConfig;
    expect(route).toMatchObject({ group_wait: '1s', group_interval: '2s' });
  });
});
