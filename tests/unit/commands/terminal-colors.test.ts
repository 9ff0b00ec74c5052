import { expect, test } from 'vitest';

import { createPaint } from '../../../src/commands/terminal-colors.ts';

const TERMINAL = { isTTY: true, hasColors: () => true };
const RED = '\u001B[31mtext\u001B[39m';

test.each([
  ['a terminal', TERMINAL, {}, RED],
  ['a terminal with an empty NO_COLOR', TERMINAL, { NO_COLOR: '' }, RED],
  ['a terminal with NO_COLOR', TERMINAL, { NO_COLOR: '1' }, 'text'],
  ['a terminal with NO_COLOR and FORCE_COLOR', TERMINAL, { NO_COLOR: '1', FORCE_COLOR: '1' }, 'text'],
  ['a terminal without colors', { isTTY: true, hasColors: () => false }, {}, 'text'],
  ['a pipe', {}, {}, 'text'],
  ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, 'text'],
])('on %s', (_name, stream, env, expected) => {
  expect(createPaint(stream, env)('red', 'text')).toBe(expected);
});
