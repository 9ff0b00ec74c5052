import { setImmediate } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { createLogger } from '../../src/logging/logger.ts';
import { HubReporter } from '../../src/relay/hub-reporter.ts';
import { FeedViewer } from '../support/feed-viewer.ts';
import { runExporter } from '../support/running-exporter.ts';

const SECRET = 'hunter2hunter2';
const EMPLOYEE = 'emp1234567';
const config = { redactPatterns: ['emp[0-9]{4,}'] };

/** An operation with secrets in all places that its owner can write to. */
async function runLeaky({ exporter }: Awaited<ReturnType<typeof runExporter>>): Promise<void> {
  const work = exporter.sessions.open('leaky').run('deploy', (operation) => {
    operation.updateProgress(50, {
      message: `logging in ${EMPLOYEE} with password ${JSON.stringify(SECRET)}`,
      args: ['--password', SECRET],
      env: [{ name: 'DB_PASSWORD', value: SECRET }],
      output: `<password>${SECRET}</password>\nAccountKey=${SECRET};`,
      [`ghp_${SECRET}`]: 1,
    });
    throw new Error(`${EMPLOYEE}: postgres://bob:${SECRET}@db.test/x refused, sig=${SECRET}`);
  });
  await work.catch(() => undefined);
}

function expectNoSecret(text: string): void {
  expect(text).toContain('[redacted]');
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(EMPLOYEE);
}

test('known secrets and the user’s own are in no answer of the API and in no message of the feed', async () => {
  const running = await runExporter({ config });
  const viewer = await FeedViewer.live(running.urls.feed);
  await runLeaky(running);
  await viewer.until(() => viewer.events.some(({ kind }) => kind === 'failed'));
  viewer.send({ type: 'get_metrics', session_id: 'leaky' });
  await viewer.until(() => viewer.of('session_update').length > 0);
  expectNoSecret(JSON.stringify(viewer.messages));
  for (const path of ['operations', 'snapshot', 'sessions', 'sessions/leaky']) {
    const { status, text } = await running.get(`api/v1/${path}`);
    expect(status).toBe(200);
    expectNoSecret(text);
  }
  expect((await running.get('metrics')).text).not.toContain(SECRET);
});

test('a report to a hub has no secrets, and the hub’s own patterns apply to it as well', async () => {
  const hub = await runExporter({ config: { redactPatterns: ['db\\.test'] } });
  const running = await runExporter({ config });
  const reports: string[] = [];
  const reporter = new HubReporter({
    sessions: running.exporter.sessions,
    config: { hubUrl: new URL('.', hub.urls.metrics).href, hubKey: undefined, variablePrefix: '' },
    logger: createLogger('silent'),
    fetch: (url, init) => {
      if (typeof init?.body === 'string') reports.push(init.body);
      return fetch(url, init);
    },
  });
  await runLeaky(running);
  await setImmediate();
  await reporter.close();
  expectNoSecret(reports.join('\n'));
  expect(reports.join('\n')).toContain('db.test');
  const { text } = await hub.get('api/v1/operations');
  expectNoSecret(text);
  expect(text).not.toContain('db.test');
});

test('the password of the hub’s address is shown nowhere', async () => {
  const hub = await runExporter();
  const hubUrl = new URL('.', hub.urls.metrics);
  hubUrl.username = 'bob';
  hubUrl.password = SECRET;
  const { createExporter } = await import('../../src/exporter/exporter.ts');
  const lines: string[] = [];
  const note = (...args: unknown[]) => void lines.push(JSON.stringify(args));
  const logger = { debug: note, info: note, warn: note, error: note };
  const exporter = createExporter({ config: { hubUrl: hubUrl.href }, logger: logger as never });
  const urls = await exporter.start();
  exporter.sessions.open('s').startMonitoring('work');
  await exporter.close();
  expect(urls.metrics).toBe(hub.urls.metrics);
  expect(JSON.stringify(urls)).not.toContain(SECRET);
  expect(lines.join('\n')).not.toContain(SECRET);
});
