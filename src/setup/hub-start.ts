import { isLoopback } from '../client-config/proxy-ports.ts';
import { ExporterError } from '../errors.ts';
import { isRunning } from '../processes/process-tree.ts';
import { startBackgroundHub, waitForHub } from './background-hub.ts';
import { logFile, stateFile } from './client-files.ts';
import { isHubRunning } from './hub-probe.ts';
import type { SetupOptions } from './setup-options.ts';
import { saveState, type SetupState } from './setup-state.ts';
import { describeService, installService, type UserService } from './user-service.ts';

/** How the hub at an address comes to run: it runs already, on another machine, or `setup` starts it. */
export type HubStart = { readonly hubUrl: string } & (
  | { readonly kind: 'running' | 'remote' | 'background' }
  | { readonly kind: 'service'; readonly service: UserService }
);

/**
 * @throws ExporterError `port_in_use` if another program answers at the address, `invalid_setting` if `setup` has
 * started another hub
 */
export async function planHub(options: SetupOptions, hubUrl: string, state: SetupState): Promise<HubStart> {
  const { isServiceWanted, program, machine, uid } = options;
  const url = new URL(hubUrl);
  if (await isHubRunning(hubUrl)) return { hubUrl, kind: 'running' };
  if (!isLoopback(url) || url.protocol !== 'http:') return { hubUrl, kind: 'remote' };
  expectOneHub(state);
  if (!isServiceWanted) return { hubUrl, kind: 'background' };
  const argv = hubCommand(program, hubUrl);
  const service = describeService({ ...machine, argv, uid, logFile: logFile(machine) });
  return { hubUrl, kind: 'service', service };
}

/** What {@link startHub} will do, as part of a sentence; empty if it does nothing. */
export function describeStart(start: HubStart): string {
  if (start.kind === 'background') return `start a hub at ${start.hubUrl} in the background`;
  if (start.kind !== 'service') return '';
  return `start a hub at ${start.hubUrl} as a ${start.service.kind} (${start.service.file})`;
}

/** @throws ExporterError `listen_failed` if no hub answers in the end */
export async function startHub(start: HubStart, options: SetupOptions, state: SetupState): Promise<void> {
  const { hubUrl } = start;
  const { machine, runningProgram, runCommand } = options;
  state.hubUrl = hubUrl;
  if (start.kind === 'background') {
    const argv = hubCommand(runningProgram, hubUrl);
    state.hub = await startBackgroundHub({ argv, hubUrl, logFile: logFile(machine) });
    saveState(stateFile(machine), state);
  } else if (start.kind === 'service') {
    const { kind, file } = start.service;
    installService(start.service, runCommand);
    state.service = file;
    saveState(stateFile(machine), state);
    if (await waitForHub(hubUrl)) return;
    const problem = `the ${kind} was started, but no hub answers at ${hubUrl}`;
    throw new ExporterError('listen_failed', `${problem}. To undo: mcp-exporter setup --undo`);
  }
}

/** An undo knows of one hub only. */
function expectOneHub({ hub, service, hubUrl }: SetupState): void {
  if (service === undefined && !(hub && isRunning(hub))) return;
  throw new ExporterError(
    'invalid_setting',
    `setup has started a hub at ${hubUrl}. To use another one, or if it does not answer, run mcp-exporter setup ` +
      '--undo, and then setup again',
  );
}

function hubCommand(program: readonly string[], hubUrl: string): string[] {
  return [...program, 'hub', '--port', new URL(hubUrl).port || '80'];
}
