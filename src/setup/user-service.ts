import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';

import { ExporterError, errorMessage } from '../errors.ts';
import type { Machine } from './client-files.ts';

/** A program that the user's session starts and restarts. */
export interface UserService {
  /** The kind of service, as messages name it. */
  readonly kind: string;
  /** The path of its definition. */
  readonly file: string;
  readonly content: string;
  readonly start: readonly (readonly string[])[];
  readonly stop: readonly (readonly string[])[];
  /** Run after the definition is removed. */
  readonly forget: readonly (readonly string[])[];
}

export type RunCommand = (argv: readonly string[]) => void;

interface ServiceOptions extends Machine {
  /** The command line that starts the hub, with an absolute path. */
  readonly argv: readonly string[];
  readonly logFile: string;
  /** The user's number. */
  readonly uid: number;
}

const UNIT = 'mcp-exporter-hub.service';
const LABEL = 'mcp-exporter.hub';

/** @throws ExporterError `invalid_setting` on systems other than Linux and macOS */
export function describeService(options: ServiceOptions): UserService {
  if (options.platform === 'linux') return systemdService(options);
  if (options.platform === 'darwin') return launchdAgent(options);
  throw new ExporterError(
    'invalid_setting',
    `--service: expected Linux or macOS, got ${options.platform}. Run setup without --service`,
  );
}

/**
 * Writes the service's definition and starts it.
 *
 * @throws ExporterError `listen_failed` if it cannot be started; its definition is removed again
 */
export function installService(service: UserService, run: RunCommand = runQuietly): void {
  const { kind, file, content, start } = service;
  if (existsSync(file)) {
    throw new ExporterError(
      'invalid_setting',
      `--service: ${file} exists already. Remove it, or run setup without --service`,
    );
  }
  mkdirSync(posix.dirname(file), { recursive: true });
  writeFileSync(file, content, { flag: 'wx' });
  try {
    for (const argv of start) run(argv);
  } catch (error) {
    removeService(service, run);
    throw new ExporterError(
      'listen_failed',
      `--service: cannot start the ${kind}: ${errorMessage(error)}. Run setup without --service`,
      { cause: error },
    );
  }
}

/** Stops the service and removes its definition. */
export function removeService({ file, stop, forget }: UserService, run: RunCommand = runQuietly): void {
  for (const argv of stop) attemptTo(run, argv);
  rmSync(file, { force: true });
  for (const argv of forget) attemptTo(run, argv);
}

/** A service that does not run cannot be stopped. */
function attemptTo(run: RunCommand, argv: readonly string[]): void {
  try {
    run(argv);
  } catch {
    // Its definition is removed in any case.
  }
}

function runQuietly([command = '', ...args]: readonly string[]): void {
  try {
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(stderr.trim() || errorMessage(error), { cause: error });
  }
}

function systemdService({ home, env, argv }: ServiceOptions): UserService {
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args];
  const path =
    env['PATH'] === undefined ? '' : `Environment=${quoteForSystemd(`PATH=${env['PATH']}`, '$')}\n`;
  return {
    kind: 'systemd user service',
    file: posix.join(env['XDG_CONFIG_HOME'] || posix.join(home, '.config'), 'systemd', 'user', UNIT),
    content: `[Unit]
Description=mcp-exporter hub

[Service]
ExecStart=${argv.map((word) => quoteForSystemd(word, '$$')).join(' ')}
${path}Restart=on-failure

[Install]
WantedBy=default.target
`,
    start: [systemctl('daemon-reload'), systemctl('enable', '--now', UNIT)],
    stop: [systemctl('disable', '--now', UNIT)],
    forget: [systemctl('daemon-reload')],
  };
}

/** systemd expands `%` everywhere, and `$` in command lines. */
function quoteForSystemd(word: string, dollar: '$' | '$$'): string {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('%', '%%')
    .replaceAll('$', () => dollar);
  return `"${escaped}"`;
}

function launchdAgent({ home, env, argv, logFile, uid }: ServiceOptions): UserService {
  const string = (text: string) => `<string>${escapeXml(text)}</string>`;
  const file = posix.join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  return {
    kind: 'launchd agent',
    file,
    content: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>${string(LABEL)}
  <key>ProgramArguments</key>
  <array>
    ${argv.map(string).join('\n    ')}
  </array>
  <key>EnvironmentVariables</key>
  <dict><key>PATH</key>${string(env['PATH'] ?? '')}</dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>StandardOutPath</key>${string(logFile)}
  <key>StandardErrorPath</key>${string(logFile)}
</dict>
</plist>
`,
    start: [['launchctl', 'bootstrap', `gui/${uid}`, file]],
    stop: [['launchctl', 'bootout', `gui/${uid}/${LABEL}`]],
    forget: [],
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
