import { plural } from '../plural.ts';
import { readConfigFile, replaceConfigFile } from '../client-config/config-file.ts';
import { ExporterError } from '../errors.ts';
import { DEFAULT_PORT } from '../settings/settings.ts';
import { listClientFiles, stateFile } from './client-files.ts';
import { describeStart, planHub, startHub } from './hub-start.ts';
import type { SetupOptions } from './setup-options.ts';
import { planSetup, type FileChange, type SetupPlan } from './setup-plan.ts';
import { closingLines, describePlan, pageLine } from './setup-report.ts';
import { loadState, saveState, type SetupState } from './setup-state.ts';

const DEFAULT_HUB_URL = `http://127.0.0.1:${DEFAULT_PORT}`;

/**
 * `mcp-exporter setup`: wraps the servers of every MCP client of the user, after a confirmation, and starts a hub.
 * A second run changes only what is new.
 *
 * @throws ExporterError `invalid_client_config` if no client has servers, `port_in_use`, `invalid_setting` or
 * `listen_failed` if no hub can run at the address. No file is changed then.
 */
export async function runSetup(options: SetupOptions): Promise<void> {
  const { machine, print, confirm } = options;
  const state = loadState(stateFile(machine));
  const hubUrl = options.hubUrl ?? state.hubUrl ?? DEFAULT_HUB_URL;
  const candidates = listClientFiles(machine);
  const keepsHubs = options.hubUrl === undefined;
  const plan = planSetup(candidates, { hubUrl, program: options.program, keepsHubs });
  if (plan.files.length === 0) throw noServers(plan, candidates);
  const start = await planHub(options, hubUrl, state);
  const changes = plan.files.filter(({ before, after }) => after !== before);
  print(describePlan(plan));
  const actions = [describeChanges(changes), describeStart(start)].filter((action) => action !== '');
  if (actions.length === 0) {
    print(`Nothing to change.\n${pageLine(start)}`);
    return;
  }
  print(`setup will ${actions.join(', and ')}.`);
  if (!(await confirm('Continue?'))) {
    print('Nothing was changed.');
    return;
  }
  const starting = startHub(start, options, state);
  await (options.showProgress?.('Starting the hub…', starting) ?? starting);
  for (const change of changes) wrapFile(change, options, state);
  print(closingLines(options, start, changes).join('\n'));
}

function describeChanges({ length }: readonly FileChange[]): string {
  return length === 0 ? '' : `change ${plural(length, 'file')}, each saved as FILE.bak before`;
}

function wrapFile(
  { file, before, after }: FileChange,
  { machine, print }: SetupOptions,
  state: SetupState,
): void {
  if (readConfigFile(file) !== before) {
    throw new ExporterError('invalid_client_config', `${file} has changed meanwhile. Run setup again`);
  }
  if (!state.files.includes(file)) state.files.push(file);
  saveState(stateFile(machine), state);
  const backup = replaceConfigFile(file, before, after);
  print(`Changed ${file}, saved as ${backup}`);
}

function noServers(
  { problems }: SetupPlan,
  candidates: readonly { readonly client: string }[],
): ExporterError {
  const clients = [...new Set(candidates.map(({ client }) => client))].join(', ');
  const reasons = problems.map(({ file, reason }) => (reason.includes(file) ? reason : `${file}: ${reason}`));
  const sentences = [
    `found no MCP servers in the configurations of ${clients}`,
    ...reasons,
    'For another file, run: mcp-exporter wrap-config FILE',
  ];
  return new ExporterError('invalid_client_config', sentences.join('. '));
}
