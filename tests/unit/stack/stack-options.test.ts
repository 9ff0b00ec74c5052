import { expect, test } from 'vitest';

import { UsageError } from '../../../src/commands/usage-error.ts';
import { readStackOptions, STACK_USAGE } from '../../../scripts/stack/stack-options.ts';
import { STACK_PORTS } from '../../../scripts/stack/ports.ts';

test('without arguments nothing is asked for', () => {
  expect(readStackOptions([])).toEqual({
    demo: false,
    verbose: false,
    help: false,
    workspaceDir: undefined,
    dataDir: undefined,
    ports: {},
  });
});

test('every port has an option, which the usage names', () => {
  for (const [name, { option, port }] of Object.entries(STACK_PORTS)) {
    expect(readStackOptions([option, '1234']).ports).toEqual({ [name]: 1234 });
    expect(STACK_USAGE).toMatch(new RegExp(`${option} PORT +${port} for`));
  }
});

test('the other options', () => {
  const args = ['--demo', '--verbose', '--data', 'kept'];
  expect(readStackOptions(args)).toMatchObject({ demo: true, verbose: true, dataDir: 'kept' });
  expect(readStackOptions(['--workspace', '..'])).toMatchObject({ workspaceDir: '..' });
});

test.each([
  [
    ['--prometheus-port', '99999'],
    '--prometheus-port: expected a whole number from 0 to 65535, received "99999"',
  ],
  [['--feed-port', 'x'], '--feed-port: expected a whole number from 0 to 65535, received "x"'],
  [['--demo', '--workspace', '.'], '--demo uses its own workspace: remove --workspace'],
  [['--prometeus-port', '1'], 'unknown option --prometeus-port, did you mean "--prometheus-port"?'],
  [['up'], 'up'],
])('%j is refused with what was expected', (args, message) => {
  expect(() => readStackOptions(args)).toThrow(UsageError);
  expect(() => readStackOptions(args)).toThrow(message);
});
