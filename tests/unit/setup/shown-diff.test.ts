import { expect, test } from 'vitest';

import { shownDiff } from '../../../src/setup/shown-diff.ts';

test('only changed lines and two lines around them are shown', () => {
  const lines = ['1', '2', '3', '4', '5', '6', '7', ''];
  const after = lines.with(3, 'four').join('\n');
  expect(shownDiff('/a.json', lines.join('\n'), after)).toBe(
    ['--- /a.json', '+++ /a.json', '@@ -2,5 +2,5 @@', ' 2', ' 3', '-4', '+four', ' 5', ' 6'].join('\n'),
  );
});

test('secrets and control characters are not shown', () => {
  const text = (value: string) =>
    `{ // \u001B[2J\n"env": { "API_KEY": "hunter2hunter2" },\n"a":\t"${value}"\n}\n`;
  const shown = shownDiff('/a.json', text('x'), text('y'));
  expect(shown).not.toContain('hunter2');
  expect(shown).not.toContain('\u001B');
  expect(shown).toContain('// ?[2J');
  expect(shown).toContain('+"a":\t"y"');
});
