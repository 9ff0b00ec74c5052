import { existsSync, rmSync } from 'node:fs';

import { planUndo, runUndo, type UndoPlan } from '../client-config/run-undo.ts';
import { errorMessage, ExporterError } from '../errors.ts';
import { isRunning } from '../processes/process-tree.ts';
import { stopBackgroundHub } from './background-hub.ts';
import { logFile, stateFile } from './client-files.ts';
import type { SetupOptions } from './setup-options.ts';
import { loadState, saveState, type SetupState } from './setup-state.ts';
import { shownDiff } from './shown-diff.ts';
import { describeService, removeService, type UserService } from './user-service.ts';

type UndoOptions = Pick<SetupOptions, 'machine' | 'uid' | 'print' | 'confirm' | 'runCommand'>;

/**
 * `mcp-exporter setup --undo`: restores every file that `setup` has changed, stops the hub that it has started, and
 * removes its service, after a confirmation.
 *
 * @throws ExporterError `invalid_client_config` if a file cannot be restored; everything else is undone
 */
export async function undoSetup(options: UndoOptions): Promise<void> {
  const { print, confirm } = options;
  const state = loadState(stateFile(options.machine));
  const { plans, failures } = planFiles(state.files);
  const service = findService(state, options);
  const actions = describeActions(state, plans, service);
  for (const failure of failures) print(failure);
  if (actions.length > 0) {
    for (const { file, before, result } of plans) {
      if (result.text !== before) print(`${shownDiff(file, before, result.text)}\n`);
    }
    print(`setup will:\n${actions.map((action) => `  ${action}`).join('\n')}`);
    if (!(await confirm('Continue?'))) {
      print('Nothing was changed.');
      return;
    }
  }
  await undo(state, plans, service, options);
  if (failures.length > 0) {
    throw new ExporterError(
      'invalid_client_config',
      'some files were not restored. Correct them and run setup --undo again',
    );
  }
  print(actions.length > 0 ? 'Everything that setup has changed is undone.' : 'Nothing to undo.');
}

async function undo(
  state: SetupState,
  plans: readonly UndoPlan[],
  service: UserService | undefined,
  { machine, print, runCommand }: UndoOptions,
): Promise<void> {
  const save = () => saveState(stateFile(machine), state);
  for (const plan of plans) {
    print(runUndo(plan).join('\n'));
    state.files = state.files.filter((file) => file !== plan.file);
    save();
  }
  if (service) removeService(service, runCommand);
  delete state.service;
  save();
  if (state.hub && !(await stopBackgroundHub(state.hub))) {
    throw new ExporterError('listen_failed', `the hub did not stop: end process ${state.hub.pid} yourself`);
  }
  delete state.hub;
  rmSync(logFile(machine), { force: true });
  state.files = state.files.filter((file) => existsSync(file));
  save();
}

function planFiles(files: readonly string[]): { plans: UndoPlan[]; failures: string[] } {
  const plans: UndoPlan[] = [];
  const failures: string[] = [];
  for (const file of files.filter((path) => existsSync(path))) {
    try {
      plans.push(planUndo(file));
    } catch (error) {
      failures.push(errorMessage(error));
    }
  }
  return { plans, failures };
}

function findService({ service }: SetupState, { machine, uid }: UndoOptions): UserService | undefined {
  if (service === undefined) return undefined;
  return { ...describeService({ ...machine, uid, argv: [], logFile: '' }), file: service };
}

function describeActions(
  state: SetupState,
  plans: readonly UndoPlan[],
  service: UserService | undefined,
): string[] {
  const actions = plans.flatMap(({ file, before, result }) => {
    if (result.text === before) return [];
    const isRestored = result.text === result.restored.at(-1);
    return isRestored
      ? `restore ${file} from its backup`
      : `unwrap the servers in ${file}, and keep later edits`;
  });
  if (service) actions.push(`stop the ${service.kind} and remove ${service.file}`);
  if (state.hub && isRunning(state.hub))
    actions.push(`stop the hub at ${state.hubUrl} (process ${state.hub.pid})`);
  return actions;
}
