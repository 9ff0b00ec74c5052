import { loadConfig, type Config } from '../../src/settings/config.ts';
import { findProgram, requireProgram } from './find-program.ts';
import { GRAFANA_NAMES } from './grafana.ts';
import { claimPorts, HOST, STACK_PORTS, type PortName, type StackPorts } from './ports.ts';
import { startProgram, type Program, type ProgramOptions } from './program.ts';
import { createRunFolder, type RunFolder } from './run-folder.ts';
import { alertmanagerProgram, exporterProgram, grafanaProgram, prometheusProgram } from './stack-programs.ts';
import type { StackRun, TestTiming } from './stack-run.ts';

export interface StackOptions extends TestTiming {
  /**
   * Ports of the programs. 0 selects any free port.
   * @defaultValue the documented ports; for the exporter, the ports in its settings
   */
  readonly ports?: Partial<StackPorts>;
  /**
   * The exporter's settings, and the PATH to find programs. Alerts are posted to `MONITORING_ALERT_WEBHOOK_URL` only if
   * `MONITORING_ALERTING_ENABLED` is true.
   * @defaultValue the environment of this process
   */
  readonly env?: NodeJS.ProcessEnv;
  /** @defaultValue the current folder */
  readonly workspaceDir?: string;
  /**
   * Folder for logs and for the data of Prometheus, Alertmanager and Grafana.
   * @defaultValue a temporary folder, which is removed when the stack stops
   */
  readonly dataDir?: string | undefined;
  /**
   * A running exporter on loopback to use.
   * @defaultValue starts an exporter
   */
  readonly exporterUrl?: URL;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
  /** Called with each line that a program prints. */
  readonly onOutput?: ProgramOptions['onOutput'];
}

/** A running stack, whose programs are all ready. */
export interface Stack {
  readonly urls: {
    /** All addresses end with a slash. */
    readonly page: string;
    readonly metrics: string;
    readonly mcp: string;
    readonly feed: string;
    readonly prometheus: string;
    readonly alertmanager: string;
    /** Null if Grafana is not on the PATH. */
    readonly grafana: string | null;
  };
  /** Headers for the exporter's clients, with its key if the settings require one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly config: Config;
  /** The folder with a log of each program. */
  readonly logDir: string;
  readonly programs: readonly Pick<Program, 'name' | 'pid'>[];
  /** Resolves when a program has ended by itself. */
  readonly crashed: Promise<Error>;
  /** Stops all programs, and removes the folder of the run. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the exporter, Alertmanager, Prometheus and, if installed, Grafana on loopback. Their configuration files are copies
 * of the repository's, with other addresses.
 *
 * @throws Error in one line for a missing program or a port in use. For a program that does not start, the error contains
 * its last lines. All started programs are stopped before.
 * @throws ExporterError `invalid_setting`
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { signal = new AbortController().signal, onOutput } = options;
  const run = await prepare(options);
  const logDir = run.folder.data('logs');
  const programs: Program[] = [];
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= stopAll(programs, run.folder));
  try {
    for (const describe of [exporterProgram, alertmanagerProgram, prometheusProgram, grafanaProgram]) {
      const command = describe(run);
      if (!command) continue;
      const program = startProgram({ ...command, logDir, signal, onOutput });
      programs.push(program);
      await program.ready;
    }
  } catch (error) {
    await close();
    throw error;
  }
  const crashed = Promise.race(programs.map((program) => program.crashed));
  return {
    urls: urlsOf(run),
    headers: headersOf(run.config),
    config: run.config,
    logDir,
    programs,
    crashed,
    close,
  };
}

async function prepare(options: StackOptions): Promise<StackRun> {
  const { env = process.env, workspaceDir = process.cwd(), dataDir } = options;
  const config = loadConfig(env);
  const commands = {
    prometheus: requireProgram(['prometheus'], 'prometheus', env['PATH']),
    // Tries Debian's name first.
    alertmanager: requireProgram(
      ['prometheus-alertmanager', 'alertmanager'],
      'prometheus-alertmanager',
      env['PATH'],
    ),
    grafana: findProgram(GRAFANA_NAMES, env['PATH']),
  };
  const ports = await choosePorts(options, config, commands.grafana !== null);
  const grafanaUrl = config.grafanaUrl ?? (commands.grafana ? `http://${HOST}:${ports.grafana}` : '');
  const links = {
    exporter: withoutSlash(config.publicUrl ?? `http://${HOST}:${ports.exporter}`),
    grafana: withoutSlash(grafanaUrl),
  };
  const folder = createRunFolder(dataDir);
  const hasOwnExporter = options.exporterUrl === undefined;
  return { env, config, ports, folder, workspaceDir, hasOwnExporter, timing: options, links, commands };
}

function choosePorts(
  { ports: given, exporterUrl }: StackOptions,
  config: Config,
  hasGrafana: boolean,
): Promise<StackPorts> {
  const wanted: StackPorts = {
    exporter: config.httpPort,
    feed: config.feedPort,
    prometheus: STACK_PORTS.prometheus.port,
    alertmanager: STACK_PORTS.alertmanager.port,
    grafana: STACK_PORTS.grafana.port,
    ...given,
    ...(exporterUrl ? { exporter: Number(exporterUrl.port) } : undefined),
  };
  const names: PortName[] = ['prometheus', 'alertmanager'];
  if (!exporterUrl) {
    names.push('exporter');
    // With equal ports, the exporter has one listener.
    if (wanted.feed === 0 || wanted.feed !== wanted.exporter) names.push('feed');
  }
  if (hasGrafana) names.push('grafana');
  return claimPorts(wanted, names);
}

async function stopAll(programs: readonly Program[], folder: RunFolder): Promise<void> {
  await Promise.all(programs.map((program) => program.stop()));
  folder.remove();
}

function urlsOf({ ports, commands }: StackRun): Stack['urls'] {
  const base = `http://${HOST}:${ports.exporter}/`;
  return {
    page: base,
    metrics: `${base}metrics`,
    mcp: `${base}mcp`,
    feed: `ws://${HOST}:${ports.exporter}/ws`,
    prometheus: `http://${HOST}:${ports.prometheus}/`,
    alertmanager: `http://${HOST}:${ports.alertmanager}/`,
    grafana: commands.grafana === null ? null : `http://${HOST}:${ports.grafana}/`,
  };
}

function headersOf({ apiKey }: Config): Record<string, string> {
  return apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
