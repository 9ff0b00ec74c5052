import { expect, test } from 'vitest';

import { FiringAlerts } from '../../../src/alerting/firing-alerts.ts';

function createClock() {
  let ms = 0;
  return { now: () => ms, monotonic: () => ms, elapse: (by: number) => (ms += by) };
}

test('reads the firing alerts from Prometheus, at most every ten seconds', async () => {
  const clock = createClock();
  let queries = 0;
  const labels = { alertname: 'McpServerCrashing', severity: 'critical', mcp_server_name: 'files' };
  const alerts = new FiringAlerts({
    clock,
    query: (expression) => {
      queries += 1;
      expect(expression).toContain('alertstate="firing"');
      return Promise.resolve([{ labels }]);
    },
    embedded: () => null,
  });
  const firing = [
    { name: 'McpServerCrashing', severity: 'critical', server: 'files', operation: null, description: null },
  ];
  expect(await alerts.read()).toEqual({ source: 'prometheus', problem: null, firing });
  await alerts.read();
  expect(queries).toBe(1);
  clock.elapse(10_000);
  await alerts.read();
  expect(queries).toBe(2);
});

test('says why the alerts are unknown if Prometheus does not answer', async () => {
  const query = () => Promise.reject(new Error('Prometheus is unreachable'));
  const alerts = new FiringAlerts({ clock: createClock(), query, embedded: () => null });
  expect(await alerts.read()).toEqual({
    source: 'prometheus',
    problem: 'Prometheus is unreachable',
    firing: [],
  });
});

test('without Prometheus, the exporter’s own alerts count, if it evaluates them', async () => {
  const alert = {
    name: 'McpHighErrorRate',
    severity: 'warning',
    server: null,
    operation: 'scan',
    description: 'x',
  };
  const read = (embedded: () => (typeof alert)[] | null) =>
    new FiringAlerts({ clock: createClock(), query: null, embedded }).read();
  expect(await read(() => [alert])).toEqual({ source: 'local', problem: null, firing: [alert] });
  expect(await read(() => null)).toEqual({ source: null, problem: null, firing: [] });
});
