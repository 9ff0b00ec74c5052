import { describe, expect, test } from 'vitest';

import { listClientFiles, logFile, stateFile, type Machine } from '../../../src/setup/client-files.ts';

const filesOf = (machine: Machine) => {
  const files = new Map<string, string[]>();
  for (const { client, file } of listClientFiles(machine))
    files.set(client, [...(files.get(client) ?? []), file]);
  return Object.fromEntries(files);
};

const CLINE = 'User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json';
const vsCode = (folder: string) => ['mcp.json', 'settings.json'].map((name) => `${folder}/User/${name}`);

test('on Linux, the files are in the home folder and in ~/.config', () => {
  expect(filesOf({ platform: 'linux', home: '/home/me', env: {} })).toEqual({
    'Claude Desktop': ['/home/me/.config/Claude/claude_desktop_config.json'],
    'Claude Code': ['/home/me/.claude.json'],
    Cursor: ['/home/me/.cursor/mcp.json'],
    Windsurf: ['/home/me/.codeium/windsurf/mcp_config.json'],
    'VS Code': vsCode('/home/me/.config/Code'),
    'Cline in VS Code': [`/home/me/.config/Code/${CLINE}`],
    'VS Code Insiders': vsCode('/home/me/.config/Code - Insiders'),
    'Cline in VS Code Insiders': [`/home/me/.config/Code - Insiders/${CLINE}`],
    VSCodium: vsCode('/home/me/.config/VSCodium'),
    'Cline in VSCodium': [`/home/me/.config/VSCodium/${CLINE}`],
    Cline: ['/home/me/.cline/data/settings/cline_mcp_settings.json'],
    Zed: ['/home/me/.config/zed/settings.json'],
    'Gemini CLI': ['/home/me/.gemini/settings.json'],
    opencode: ['/home/me/.config/opencode/opencode.json', '/home/me/.config/opencode/opencode.jsonc'],
  });
});

test('on macOS, applications have their files in Application Support, and Zed and opencode in ~/.config', () => {
  const files = filesOf({ platform: 'darwin', home: '/Users/me', env: { APPDATA: '/nowhere' } });
  const support = '/Users/me/Library/Application Support';
  expect(files).toMatchObject({
    'Claude Desktop': [`${support}/Claude/claude_desktop_config.json`],
    'VS Code': vsCode(`${support}/Code`),
    'Cline in VS Code': [`${support}/Code/${CLINE}`],
    Zed: ['/Users/me/.config/zed/settings.json'],
    'Gemini CLI': ['/Users/me/.gemini/settings.json'],
  });
  expect(files['opencode']?.[0]).toBe('/Users/me/.config/opencode/opencode.json');
});

test('on Windows, applications have their files in APPDATA', () => {
  const home = String.raw`C:\Users\me`;
  const env = { APPDATA: String.raw`D:\Roaming`, LOCALAPPDATA: String.raw`D:\Local` };
  expect(filesOf({ platform: 'win32', home, env })).toMatchObject({
    'Claude Desktop': [
      String.raw`D:\Roaming\Claude\claude_desktop_config.json`,
      String.raw`D:\Local\Packages\Claude_pzs8sxrjxfjjc\LocalCache\Roaming\Claude\claude_desktop_config.json`,
    ],
    'Claude Code': [String.raw`C:\Users\me\.claude.json`],
    Cursor: [String.raw`C:\Users\me\.cursor\mcp.json`],
    Zed: [String.raw`D:\Roaming\Zed\settings.json`],
  });
  const withoutVariables = filesOf({ platform: 'win32', home, env: {} });
  expect(withoutVariables['VS Code']?.[0]).toBe(String.raw`C:\Users\me\AppData\Roaming\Code\User\mcp.json`);
});

test('on Windows, every file is below a folder of the user, with backslashes only', () => {
  const home = String.raw`C:\Users\me`;
  const env = { APPDATA: String.raw`D:\Roaming`, LOCALAPPDATA: String.raw`E:\Local` };
  const files = listClientFiles({ platform: 'win32', home, env }).map(({ file }) => file);
  expect(files.filter((file) => !/^(?:C:\\Users\\me|D:\\Roaming|E:\\Local)\\[^/]+$/.test(file))).toEqual([]);
  expect(filesOf({ platform: 'win32', home, env })).toMatchObject({
    'VS Code': [String.raw`D:\Roaming\Code\User\mcp.json`, String.raw`D:\Roaming\Code\User\settings.json`],
    'Cline in VS Code': [`D:\\Roaming\\Code\\${CLINE.replaceAll('/', '\\')}`],
    Windsurf: [String.raw`C:\Users\me\.codeium\windsurf\mcp_config.json`],
    'Gemini CLI': [String.raw`C:\Users\me\.gemini\settings.json`],
  });
});

test('the folders of XDG_CONFIG_HOME, CLAUDE_CONFIG_DIR and CLINE_DIR are used if they are set', () => {
  const env = { XDG_CONFIG_HOME: '/xdg', CLAUDE_CONFIG_DIR: '/claude', CLINE_DIR: '/cline' };
  expect(filesOf({ platform: 'linux', home: '/home/me', env })).toMatchObject({
    'Claude Desktop': ['/xdg/Claude/claude_desktop_config.json'],
    'Claude Code': ['/claude/.claude.json'],
    'VS Code': vsCode('/xdg/Code'),
    Zed: ['/xdg/zed/settings.json'],
    Cline: ['/cline/data/settings/cline_mcp_settings.json'],
  });
});

describe('the state and the log are in the folder for them', () => {
  test.each([
    [{ platform: 'linux', home: '/home/me', env: {} }, '/home/me/.local/state/mcp-exporter/'],
    [{ platform: 'linux', home: '/home/me', env: { XDG_STATE_HOME: '/state' } }, '/state/mcp-exporter/'],
    [
      { platform: 'darwin', home: '/Users/me', env: {} },
      '/Users/me/Library/Application Support/mcp-exporter/',
    ],
    [{ platform: 'win32', home: 'C:', env: { LOCALAPPDATA: 'D:\\Local' } }, 'D:\\Local\\mcp-exporter\\'],
  ] satisfies [Machine, string][])('%j', (machine, folder) => {
    expect(stateFile(machine)).toBe(`${folder}setup.json`);
    expect(logFile(machine)).toBe(`${folder}hub.log`);
  });
});
