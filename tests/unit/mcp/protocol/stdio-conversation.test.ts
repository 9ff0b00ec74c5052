import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { conversationOfServer, conversationWith } from '../../../../src/mcp/protocol/stdio-conversation.ts';

const MODULE = pathToFileURL('src/mcp/protocol/stdio-conversation.ts').href;
const SERVER = [
  '--import',
  'tsx',
  '-e',
  `import('${MODULE}').then((m) => console.log(m.conversationOfServer()))`,
];

async function idPrintedBy(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: child.pid ?? 0, id: printed.toString().trim() };
}

test('a server and the process that has started it know the same id', async () => {
  const { pid, id } = await idPrintedBy(process.execPath, SERVER);
  expect(id).toBe(conversationWith(pid));
  expect(id).toMatch(/^stdio-[\da-f]{32}$/);
});

test('a server behind another process has another id', async () => {
  const wrapper = `const { spawnSync } = require('node:child_process');
    spawnSync(process.execPath, ${JSON.stringify(SERVER)}, { stdio: 'inherit' });`;
  const { pid, id } = await idPrintedBy(process.execPath, ['-e', wrapper]);
  expect(id).not.toBe(conversationWith(pid));
});

test('the ids of two servers differ', () => {
  expect(conversationWith(4711)).not.toBe(conversationWith(4712));
  expect(conversationWith(process.pid)).not.toBe(conversationOfServer());
});
