import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { onTestFinished } from 'vitest';

export interface PrometheusOptions {
  /** A folder of blocks from `promtool tsdb create-blocks-from`. @defaultValue an empty folder */
  readonly dataDirectory?: string;
}

/** The name of its scrape job. */
export const JOB = 'mcp-exporter';

/** A Prometheus on a free port of loopback that scrapes every second. Stopped after the test. */
export async function runPrometheus({ dataDirectory }: PrometheusOptions = {}) {
  const directory = temporaryDirectory();
  const config = join(directory, 'prometheus.yml');
  const configure = (discovery: object): void => {
    const scrape = { job_name: JOB, scrape_interval: '1s', ...discovery };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ scrape_configs: [scrape] }));
  };
  configure({});
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${dataDirectory ?? join(directory, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      if (!line.includes('Server is ready')) return;
      resolve(`http://${/msg="Listening on".* address=(\S+)/.exec(log.join('\n'))?.[1]}`);
    });
    void ended.then(() => reject(new Error(`Prometheus did not start:\n${log.join('\n')}`)));
  });
  return {
    url,
    /** From now on, scrapes only the exporters at `bases`. */
    scrape: (...bases: URL[]): void => {
      configure({ static_configs: [{ targets: bases.map(({ host }) => host) }] });
      // Reloads the configuration, because Prometheus may notice a changed file of targets late.
      child.kill('SIGHUP');
    },
    /** From now on, scrapes only the targets in these files. */
    discover: (files: string): void => {
      // Prometheus also watches the files, but on a busy machine it may notice a change late.
      const discovery = { files: [files], refresh_interval: '1s' };
      const server = { source_labels: ['__meta_mcp_server_name'], target_label: 'server' };
      configure({ file_sd_configs: [discovery], relabel_configs: [server] });
      child.kill('SIGHUP');
    },
    kill,
  };
}

/** A temporary folder that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
