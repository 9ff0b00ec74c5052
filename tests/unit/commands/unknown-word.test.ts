import { expect, test } from 'vitest';

import { parseOptions } from '../../../src/commands/arguments.ts';
import { unknownCommand } from '../../../src/commands/unknown-word.ts';

const COMMANDS = ['serve', 'hub', 'proxy', 'wrap-config', 'help'];

test.each([
  ['prox', 'unknown command "prox", did you mean "proxy"?'],
  ['sreve', 'unknown command "sreve", did you mean "serve"?'],
  ['wrap-confg', 'unknown command "wrap-confg", did you mean "wrap-config"?'],
  ['a', 'unknown command "a"; expected serve, hub, proxy, wrap-config, help'],
  ['--hlep', 'unknown option --hlep, did you mean "--help"?'],
  ['-x', 'unknown option -x; expected --help, --version'],
])('the command %s', (received, message) => {
  expect(unknownCommand(received, COMMANDS).message).toBe(message);
});

test.each([
  ['--prot', 'serve: unknown option --prot, did you mean "--port"?'],
  ['--trust-workspce', 'serve: unknown option --trust-workspce, did you mean "--trust-workspace"?'],
  ['--prot=1', 'serve: unknown option --prot, did you mean "--port"?'],
  ['-x', 'serve: unknown option -x; expected --workspace, --trust-workspace, --stdio, --port'],
])('the option %s', (option, message) => {
  expect(() => parseOptions('serve', [option])).toThrow(message);
});
