import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { withoutSecrets } from '../../src/settings/config.ts';
import { withLocalAddresses } from './addresses.ts';
import { HOST, type StackPorts } from './ports.ts';

/** Grafana before 9.4 has `grafana-server` instead of `grafana server`. */
export const GRAFANA_NAMES = ['grafana', 'grafana-server'];

/** The folder of the dashboards in the compose file and in the provisioning file. */
const MOUNTED_DASHBOARDS = '/etc/grafana/dashboards';

export interface GrafanaFolders {
  /** The repository's folder `grafana`. */
  readonly source: string;
  /** Folder for run-time files. */
  readonly run: string;
  /** Folder for the database. */
  readonly data: string;
}

/** Writes a copy of the provisioning files with the addresses and paths of this machine. */
export function writeProvisioning({ source, run }: GrafanaFolders, ports: StackPorts): string {
  const provisioning = join(run, 'provisioning');
  const dashboards = join(source, 'dashboards');
  cpSync(join(source, 'provisioning'), provisioning, { recursive: true });
  for (const kind of readdirSync(provisioning)) {
    for (const name of readdirSync(join(provisioning, kind))) {
      const file = join(provisioning, kind, name);
      const text = withLocalAddresses(readFileSync(file, 'utf8'), ports);
      writeFileSync(file, text.replaceAll(MOUNTED_DASHBOARDS, dashboards));
    }
  }
  // Grafana logs an error for each missing folder.
  for (const kind of ['plugins', 'alerting']) mkdirSync(join(provisioning, kind), { recursive: true });
  return provisioning;
}

/**
 * Grafana's settings as environment variables. Visitors on loopback can view, and only the administrator can edit.
 *
 * @see {@link https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#override-configuration-with-environment-variables}
 */
export function grafanaEnv(
  env: NodeJS.ProcessEnv,
  { source, run, data }: GrafanaFolders,
  { provisioning, port, url }: { provisioning: string; port: number; url: string },
): NodeJS.ProcessEnv {
  const { GRAFANA_ADMIN_PASSWORD: password, ...rest } = withoutSecrets(env);
  return {
    ...rest,
    GF_SERVER_HTTP_ADDR: HOST,
    GF_SERVER_HTTP_PORT: String(port),
    GF_SERVER_ROOT_URL: url,
    GF_PATHS_DATA: data,
    GF_PATHS_LOGS: join(run, 'logs'),
    GF_PATHS_PLUGINS: join(run, 'plugins'),
    GF_PATHS_PROVISIONING: provisioning,
    GF_LOG_MODE: 'console',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: join(source, 'dashboards', 'mcp-overview.json'),
    GF_SECURITY_ADMIN_PASSWORD: password || randomBytes(16).toString('hex'),
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
  };
}

/** Grafana's arguments. Without `--homepath`, Grafana searches its files in the working directory. */
export function grafanaArgs(command: string): string[] {
  const isServer = basename(command) === 'grafana-server';
  const home = homeOf(command);
  return [...(isServer ? [] : ['server']), ...(home === null ? [] : ['--homepath', home])];
}

function homeOf(command: string): string | null {
  const installed = dirname(dirname(realpathSync(command)));
  const homes = [installed, join(installed, 'share', 'grafana'), '/usr/share/grafana'];
  return homes.find((home) => existsSync(join(home, 'conf', 'defaults.ini'))) ?? null;
}
