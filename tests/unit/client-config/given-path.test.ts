import { expect, test } from 'vitest';

import { resolveGivenPath } from '../../../src/client-config/given-path.ts';

const ENV = { AppData: String.raw`D:\Roaming`, USERPROFILE: String.raw`C:\Users\me`, EMPTY: '' };

test.each([
  [
    String.raw`%APPDATA%\Claude\claude_desktop_config.json`,
    String.raw`D:\Roaming\Claude\claude_desktop_config.json`,
  ],
  [String.raw`%appdata%\Code\User\mcp.json`, String.raw`D:\Roaming\Code\User\mcp.json`],
  ['%UserProfile%/.cursor/mcp.json', String.raw`C:\Users\me` + '/.cursor/mcp.json'],
  [String.raw`C:\100%\mcp.json`, String.raw`C:\100%\mcp.json`],
  [String.raw`%UNKNOWN%\mcp.json`, String.raw`%UNKNOWN%\mcp.json`],
  [String.raw`%EMPTY%\mcp.json`, String.raw`%EMPTY%\mcp.json`],
])('on Windows, %s is %s', (given, path) => {
  expect(resolveGivenPath(given, { platform: 'win32', env: ENV })).toBe(path);
});

test('on other systems, a percent sign is part of a name', () => {
  expect(resolveGivenPath('%AppData%/mcp.json', { platform: 'linux', env: ENV })).toBe('%AppData%/mcp.json');
});
