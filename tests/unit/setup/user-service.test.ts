import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { describeService, installService, removeService } from '../../../src/setup/user-service.ts';

const UNIT = 'mcp-exporter-hub.service';

function createService(
  platform: NodeJS.Platform,
  argv = ['/opt/node', '/srv/cli.js', 'hub', '--port', '3001'],
) {
  const home = mkdtempSync(join(tmpdir(), 'mcp-exporter-test-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env = { PATH: '/opt/bin:/usr/bin' };
  return { home, service: describeService({ platform, home, env, argv, uid: 501, logFile: '/log/hub.log' }) };
}

/** Records what is run, and what the definition was then. */
function recordCommands(file: string, failing?: string) {
  const commands: string[] = [];
  return {
    commands,
    run: (argv: readonly string[]) => {
      commands.push(`${argv.join(' ')}${existsSync(file) ? '' : ' (without definition)'}`);
      if (failing !== undefined && argv.includes(failing)) throw new Error('no bus');
    },
  };
}

test('on Linux, a systemd user service is written, started, stopped and removed', () => {
  const { home, service } = createService('linux');
  const { commands, run } = recordCommands(service.file);
  installService(service, run);
  expect(service.file).toBe(join(home, '.config/systemd/user', UNIT));
  expect(readFileSync(service.file, 'utf8')).toBe(`[Unit]
Description=mcp-exporter hub

[Service]
ExecStart="/opt/node" "/srv/cli.js" "hub" "--port" "3001"
Environment="PATH=/opt/bin:/usr/bin"
Restart=on-failure

[Install]
WantedBy=default.target
`);
  removeService(service, run);
  expect(existsSync(service.file)).toBe(false);
  expect(commands).toEqual([
    'systemctl --user daemon-reload',
    `systemctl --user enable --now ${UNIT}`,
    `systemctl --user disable --now ${UNIT}`,
    'systemctl --user daemon-reload (without definition)',
  ]);
});

test('systemd reads every word of the command line as it is', () => {
  const { service } = createService('linux', ['/opt/my "node"', String.raw`C:\x`, '100%', '$HOME']);
  expect(service.content).toContain(String.raw`ExecStart="/opt/my \"node\"" "C:\\x" "100%%" "$$HOME"` + '\n');
});

test('on macOS, a launchd agent is written, started, stopped and removed', () => {
  const { home, service } = createService('darwin', ['/opt/a&b', 'hub']);
  const { commands, run } = recordCommands(service.file);
  installService(service, run);
  expect(service.file).toBe(join(home, 'Library/LaunchAgents/mcp-exporter.hub.plist'));
  const plist = readFileSync(service.file, 'utf8').replaceAll(/\s*\n\s*/g, '');
  expect(plist).toContain(
    '<key>ProgramArguments</key><array><string>/opt/a&amp;b</string><string>hub</string></array>',
  );
  expect(plist).toContain('<key>StandardErrorPath</key><string>/log/hub.log</string>');
  removeService(service, run);
  expect(existsSync(service.file)).toBe(false);
  expect(commands).toEqual([
    `launchctl bootstrap gui/501 ${service.file}`,
    'launchctl bootout gui/501/mcp-exporter.hub',
  ]);
});

test('a service that cannot be started is removed again', () => {
  const { service } = createService('linux');
  const { run } = recordCommands(service.file, 'enable');
  expect(() => installService(service, run)).toThrow(
    expect.objectContaining({
      code: 'listen_failed',
      message: '--service: cannot start the systemd user service: no bus. Run setup without --service',
    }) as Error,
  );
  expect(existsSync(service.file)).toBe(false);
});

test('a service that cannot be stopped is removed', () => {
  const { service } = createService('linux');
  installService(service, () => undefined);
  removeService(service, recordCommands(service.file, 'disable').run);
  expect(existsSync(service.file)).toBe(false);
});

test('the definition of another service is never overwritten', () => {
  const { service } = createService('linux');
  installService(service, () => undefined);
  writeFileSync(service.file, 'other');
  expect(() => installService(service, () => undefined)).toThrow(`${service.file} exists already`);
  expect(readFileSync(service.file, 'utf8')).toBe('other');
});

test('other systems are refused with a remedy', () => {
  expect(() => createService('win32')).toThrow(
    '--service: expected Linux or macOS, got win32. Run setup without --service',
  );
});
