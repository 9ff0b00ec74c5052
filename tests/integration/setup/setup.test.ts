import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { identifyProcess } from '../../../src/processes/process-tree.ts';
import { runSetup } from '../../../src/setup/run-setup.ts';
import type { SetupOptions } from '../../../src/setup/setup-options.ts';
import { undoSetup } from '../../../src/setup/undo-setup.ts';
import { freePort } from '../../support/everything.ts';

const CURSOR = '{"mcpServers":{"time":{"command":"uvx","args":["mcp-server-time"]}}}\n';
const CLAUDE =
  '{\n  "mcpServers": {\n    "notes": { "command": "notes-mcp" },\n    "docs": { "url": "https://docs.example/mcp" }\n  }\n}\n';

/** A home folder with the given files, and `setup` in it. */
async function createHome(
  files: Record<string, string> = { '.cursor/mcp.json': CURSOR, '.claude.json': CLAUDE },
) {
  const home = mkdtempSync(join(tmpdir(), 'setup-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const path = (name: string) => join(home, name);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
  }
  const hubUrl = await listen(hubRoutes);
  const options = (given: Partial<SetupOptions>): SetupOptions => ({
    machine: { platform: 'linux', home, env: {} },
    uid: 1000,
    hubUrl,
    program: ['/opt/node', '/opt/mcp-exporter'],
    shellProgram: ['mcp-exporter'],
    runningProgram: [process.execPath, '-e', ''],
    hasKey: false,
    isServiceWanted: false,
    print: () => undefined,
    confirm: () => Promise.resolve(true),
    ...given,
  });
  const run =
    (action: (options: SetupOptions) => Promise<void>) =>
    async (given: Partial<SetupOptions> = {}) => {
      const lines: string[] = [];
      await action(options({ print: (text) => lines.push(text), ...given }));
      return lines.join('\n');
    };
  const snapshot = () =>
    readdirSync(home, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(path(name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(path(name), 'utf8')]);
  return { path, hubUrl, setup: run(runSetup), undo: run(undoSetup), snapshot };
}

const hubRoutes: RequestListener = (request, response) => {
  response.end(request.url === '/health' ? '{"status":"ok"}' : 'mcp_exporter_build_info{version="1"} 1\n');
};

async function listen(routes: RequestListener): Promise<string> {
  const server = createServer(routes).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every client is wrapped, and undo restores each file byte for byte and leaves nothing behind', async () => {
  const { path, hubUrl, setup, undo, snapshot } = await createHome();
  const before = snapshot();
  const output = await setup();
  expect(output).toContain(`Cursor: ${path('.cursor/mcp.json')}\n  wrap time\n`);
  expect(output).toContain('setup will change 2 files, each saved as FILE.bak before.');
  expect(output).toContain(`Page: ${hubUrl}/`);
  expect(output).toContain('Restart Claude Code, Cursor.');
  expect(JSON.parse(readFileSync(path('.claude.json'), 'utf8'))).toEqual({
    mcpServers: {
      notes: {
        command: '/opt/node',
        args: ['/opt/mcp-exporter', 'proxy', '--name', 'notes', '--hub', hubUrl, '--', 'notes-mcp'],
      },
      docs: { url: 'https://docs.example/mcp' },
    },
  });
  expect(readFileSync(path('.cursor/mcp.json.bak'), 'utf8')).toBe(CURSOR);
  expect(await undo()).toContain('Everything that setup has changed is undone.');
  expect(snapshot()).toEqual(before);
  expect(existsSync(path('.local/state/mcp-exporter'))).toBe(false);
});

test.each(['no', 'an exception'])('without a confirmation nothing changes: %s', async (answer) => {
  const { setup, undo, snapshot } = await createHome();
  const before = snapshot();
  const confirm = () => (answer === 'no' ? Promise.resolve(false) : Promise.reject(new Error('no terminal')));
  const outcome = setup({ confirm });
  await (answer === 'no' ? outcome : expect(outcome).rejects.toThrow('no terminal'));
  expect(snapshot()).toEqual(before);
  await setup();
  const wrapped = snapshot();
  await undo({ confirm }).catch(() => undefined);
  expect(snapshot()).toEqual(wrapped);
});

test('the question comes after the differences', async () => {
  const { setup } = await createHome();
  const output: string[] = [];
  const confirm = (question: string) => {
    output.push(question);
    return Promise.resolve(false);
  };
  await setup({ print: (text) => output.push(text), confirm });
  const [plan = '', , question] = output;
  expect(plan).toContain(
    '-    "notes": { "command": "notes-mcp" },\n+    "notes": { "command": "/opt/node", "args": ["/opt/mcp-exporter",',
  );
  expect(plan).toContain('skip docs: it is an HTTP server');
  expect(question).toBe('Continue?');
});

test('the start of the hub is shown as progress, and files change only after it', async () => {
  const { path, setup } = await createHome({ '.cursor/mcp.json': CURSOR });
  const shown: string[] = [];
  const showProgress = async (text: string, wait: Promise<void>) => {
    shown.push(text);
    await wait;
    expect(readFileSync(path('.cursor/mcp.json'), 'utf8')).toBe(CURSOR);
  };
  await setup({ showProgress });
  expect(shown).toEqual(['Starting the hub…']);
  expect(readFileSync(path('.cursor/mcp.json'), 'utf8')).not.toBe(CURSOR);
});

test('a second run asks nothing and changes nothing', async () => {
  const { setup, snapshot } = await createHome();
  await setup();
  const before = snapshot();
  const output = await setup({ confirm: () => Promise.reject(new Error('asked')) });
  expect(output).toContain('Nothing to change.');
  expect(snapshot()).toEqual(before);
});

test('a second run wraps a new server with the hub of the first run, and undo unwraps both', async () => {
  const { path, hubUrl, setup, undo } = await createHome({ '.cursor/mcp.json': CURSOR });
  await setup();
  const file = path('.cursor/mcp.json');
  const added = readFileSync(file, 'utf8').replace('{"time"', '{"new":{"command":"x"},"time"');
  writeFileSync(file, added);
  expect(await setup({ hubUrl: undefined })).toContain('wrap new');
  expect(readFileSync(file, 'utf8').split(hubUrl)).toHaveLength(3);
  const output = await undo();
  expect(output).toContain(`unwrap the servers in ${file}, and keep later edits`);
  expect(readFileSync(file, 'utf8')).toBe(CURSOR.replace('{"time"', '{"new":{"command":"x"},"time"'));
});

test('files without servers are not mentioned, and invalid ones are left unchanged with a reason', async () => {
  const { path, setup } = await createHome({
    '.cursor/mcp.json': CURSOR,
    '.config/zed/settings.json': '// Zed\n{ "theme": "dark" }',
    '.config/Code/User/settings.json': '',
    '.gemini/settings.json': '{ "mcpServers": {,} }',
    '.codeium/windsurf/mcp_config.json': '{ "mcpServers": [] }',
  });
  const output = await setup();
  expect(output).toMatch(/Gemini CLI: .*\n {2}left unchanged: .*line 1, column 18/);
  expect(output).toMatch(/Windsurf: .*\n {2}left unchanged: mcpServers: expected an object, received array/);
  expect(output).not.toMatch(/Zed|VS Code/);
  expect(readFileSync(path('.gemini/settings.json'), 'utf8')).toBe('{ "mcpServers": {,} }');
});

test('a file that its client changes while the user decides is not overwritten', async () => {
  const { path, setup } = await createHome();
  const confirm = () => {
    writeFileSync(path('.claude.json'), '{"mcpServers":{"b":{"command":"b"}}}');
    return Promise.resolve(true);
  };
  await expect(setup({ confirm })).rejects.toThrow('.claude.json has changed meanwhile. Run setup again');
  expect(readFileSync(path('.claude.json'), 'utf8')).toBe('{"mcpServers":{"b":{"command":"b"}}}');
});

test('undo restores what it can, and names the file that it cannot', async () => {
  const { path, setup, undo } = await createHome();
  await setup();
  writeFileSync(path('.claude.json'), '{');
  await expect(undo()).rejects.toThrow('some files were not restored');
  expect(readFileSync(path('.cursor/mcp.json'), 'utf8')).toBe(CURSOR);
  writeFileSync(path('.claude.json'), readFileSync(path('.claude.json.bak')));
  await undo();
  expect(await undo()).toBe('Nothing to undo.');
});

test('undo forgets a file that was deleted', async () => {
  const { path, setup, undo } = await createHome();
  await setup();
  rmSync(path('.claude.json'));
  await undo();
  expect(existsSync(path('.claude.json'))).toBe(false);
  expect(await undo()).toBe('Nothing to undo.');
});

describe('nothing changes if', () => {
  test.each<[string, RequestListener]>([
    ['a web server answers at the address of the hub', (_, response) => void response.end('hello')],
    ['another service answers there', (_, response) => void response.end('{"status":"ok"}')],
  ])('%s', async (_title, routes) => {
    const { setup, snapshot } = await createHome();
    const before = snapshot();
    await expect(setup({ hubUrl: await listen(routes) })).rejects.toMatchObject({ code: 'port_in_use' });
    expect(snapshot()).toEqual(before);
  });

  test('no client has servers', async () => {
    const { setup, snapshot } = await createHome({ '.claude.json': '{"numStartups":1}' });
    await expect(setup()).rejects.toThrow(
      /^found no MCP servers in the configurations of Claude Desktop, .*wrap-config FILE$/,
    );
    expect(snapshot()).toEqual([['.claude.json', '{"numStartups":1}']]);
  });

  test('the hub ends before it answers', async () => {
    const { path, setup } = await createHome();
    const hubUrl = await closedAddress();
    await expect(setup({ hubUrl })).rejects.toMatchObject({ code: 'listen_failed' });
    expect(readFileSync(path('.claude.json'), 'utf8')).toBe(CLAUDE);
  });

  test('the service cannot be started', async () => {
    const { setup, snapshot } = await createHome();
    const before = snapshot();
    const runCommand = () => {
      throw new Error('no bus');
    };
    const hubUrl = await closedAddress();
    await expect(setup({ hubUrl, isServiceWanted: true, runCommand })).rejects.toThrow('no bus');
    expect(snapshot()).toEqual(before);
  });
});

test('a hub on another machine is not started, which the output says', async () => {
  const { setup } = await createHome();
  const hubUrl = (await closedAddress()).replace('http:', 'https:');
  const output = await setup({ hubUrl });
  expect(output).toContain(`No hub answers at ${hubUrl}: start it there.`);
});

test('a service is installed for the hub, and undo removes it', async () => {
  const { path, setup, undo, snapshot } = await createHome();
  const before = snapshot();
  const hubUrl = await closedAddress();
  const commands: string[] = [];
  let server: ReturnType<typeof createServer> | undefined;
  onTestFinished(() => void server?.close());
  const runCommand = (argv: readonly string[]) => {
    commands.push(argv.join(' '));
    if (argv.includes('enable'))
      server = createServer(hubRoutes).listen(Number(new URL(hubUrl).port), '127.0.0.1');
  };
  const output = await setup({ hubUrl, isServiceWanted: true, runCommand });
  const unit = path('.config/systemd/user/mcp-exporter-hub.service');
  expect(output).toContain(`start a hub at ${hubUrl} as a systemd user service (${unit})`);
  expect(readFileSync(unit, 'utf8')).toContain(
    `ExecStart="/opt/node" "/opt/mcp-exporter" "hub" "--port" "${new URL(hubUrl).port}"\n`,
  );
  const undone = await undo({ runCommand });
  expect(undone).toContain(`stop the systemd user service and remove ${unit}`);
  expect(commands).toContain('systemctl --user disable --now mcp-exporter-hub.service');
  expect(snapshot()).toEqual(before);
});

test('a second hub is refused as long as the first one runs, because undo would not stop it', async () => {
  const { path, setup } = await createHome();
  await setup();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const file = path('.local/state/mcp-exporter/setup.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...state, hub: identifyProcess(child.pid ?? 0) }));
  await expect(setup({ hubUrl: await closedAddress() })).rejects.toMatchObject({
    code: 'invalid_setting',
    message: expect.stringContaining('mcp-exporter setup --undo') as string,
  });
});

test('a process that has the number of the hub now is not ended', async () => {
  const { path, setup, undo } = await createHome();
  await setup();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const file = path('.local/state/mcp-exporter/setup.json');
  const state = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...state, hub: { pid: child.pid, started: 'earlier' } }));
  expect(await undo()).not.toContain('stop the hub');
  expect(identifyProcess(child.pid ?? 0)).toBeDefined();
});

test('a damaged state is refused with a remedy', async () => {
  const { path, setup } = await createHome();
  await setup();
  writeFileSync(path('.local/state/mcp-exporter/setup.json'), '{"files":1}');
  await expect(setup()).rejects.toThrow(/setup\.json: expected the state of setup.*wrap-config --undo FILE/s);
});

async function closedAddress(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}
