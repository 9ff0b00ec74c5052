import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { onTestFinished } from 'vitest';

import { freePort } from './everything.ts';
import { JOB, temporaryDirectory } from './prometheus-process.ts';

/** A VictoriaMetrics on loopback that scrapes every second, with its default settings. Stopped after the test. */
export async function runVictoriaMetrics() {
  const directory = temporaryDirectory();
  const config = join(directory, 'prometheus.yml');
  const configure = (targets: readonly string[]): void => {
    const scrape = { job_name: JOB, scrape_interval: '1s', static_configs: [{ targets }] };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ scrape_configs: [scrape] }));
  };
  configure([]);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'victoria-metrics',
    [
      `-promscrape.config=${config}`,
      `-storageDataPath=${join(directory, 'data')}`,
      `-httpListenAddr=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      if (line.includes('started VictoriaMetrics')) resolve();
    });
    void ended.then(() => reject(new Error(`VictoriaMetrics did not start:\n${log.join('\n')}`)));
  });
  return {
    url: `http://${address}`,
    log,
    /** From now on, scrapes only the exporters at `bases`. */
    scrape: (...bases: URL[]): void => {
      configure(bases.map(({ host }) => host));
      child.kill('SIGHUP');
    },
  };
}
