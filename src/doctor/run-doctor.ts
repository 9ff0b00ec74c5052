import type { Manifest } from '../package-files.ts';
import { DEFAULT_PORT } from '../settings/settings.ts';
import type { ReadConfig } from '../settings/config.ts';
import { listClientFiles, stateFile, type Machine } from '../setup/client-files.ts';
import { loadState } from '../setup/setup-state.ts';
import { errorMessage } from '../errors.ts';
import { problem, type Check } from './check.ts';
import { checkClients } from './client-checks.ts';
import { checkHubs, type NamedHub } from './hub-checks.ts';
import { checkPorts } from './port-checks.ts';
import { checkPrometheus } from './prometheus-check.ts';
import { checkSettings } from './setting-checks.ts';
import { checkNode, checkPackage } from './version-checks.ts';

export interface DoctorOptions {
  readonly machine: Machine;
  readonly settings: ReadConfig;
  readonly manifest: Manifest;
  /** As in `process.version`. */
  readonly nodeVersion: string;
  /** The optional packages. */
  readonly packages: readonly string[];
}

/** Checks everything that an exporter, a hub and the proxies of this user need. It changes nothing. */
export async function runDoctor(options: DoctorOptions): Promise<Check[]> {
  const { machine, settings, manifest, nodeVersion, packages } = options;
  const { config } = settings;
  const own = ownHub(options);
  const isHubElsewhere = 'hubUrl' in own && new URL(own.hubUrl).port !== String(config.httpPort);
  const [ports, clients, prometheus] = await Promise.all([
    checkPorts(config, isHubElsewhere),
    checkClients(listClientFiles(machine), { machine, version: manifest.version }),
    checkPrometheus(config),
  ]);
  const ownHubs = 'hubUrl' in own ? [own] : [];
  return [
    checkNode(nodeVersion, manifest),
    ...packages.map((name) => checkPackage(name, manifest)),
    ...checkSettings(settings, machine.env),
    ...ports,
    ...('hubUrl' in own ? [] : [own]),
    ...(await checkHubs([...ownHubs, ...clients.hubs])),
    prometheus,
    ...clients.checks,
  ];
}

/** The hub of the settings or of an earlier `setup`, or the one that would be started without options. */
function ownHub({ machine, settings: { config } }: DoctorOptions): NamedHub | Check {
  const { hubUrl, hubKey, httpPort, variablePrefix } = config;
  if (hubUrl !== undefined) return { hubUrl, hubKey, variablePrefix, reporters: ['these settings'] };
  try {
    const { hubUrl: started } = loadState(stateFile(machine));
    if (started !== undefined) return { hubUrl: started, hubKey, variablePrefix, reporters: ['setup'] };
  } catch (error) {
    return problem('setup', errorMessage(error), { fix: 'Remove the file.' });
  }
  const hubHere = `http://127.0.0.1:${httpPort || DEFAULT_PORT}`;
  return { hubUrl: hubHere, hubKey, variablePrefix, reporters: [] };
}
