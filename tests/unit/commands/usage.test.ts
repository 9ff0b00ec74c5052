import { describe, expect, test } from 'vitest';

import { COMMANDS, type Command } from '../../../src/commands/command-table.ts';
import { helpTexts, usage } from '../../../src/commands/usage.ts';
import { describeSettings } from '../../../src/settings/settings.ts';

const commands = Object.entries<Command>(COMMANDS);

test.each(Object.entries(helpTexts()))('the help of %s fits 80 columns', (_topic, text) => {
  const lines = text.split('\n');
  expect(lines.filter((line) => line.length > 80 || line !== line.trimEnd())).toEqual([]);
  expect(text).toMatch(/[^\n]\n$/);
});

test('the overview gives each command one line', () => {
  for (const [name, { summary }] of commands)
    expect(usage('overview')).toMatch(
      new RegExp(`^  ${name} +${summary.replaceAll(/[()]/g, String.raw`\$&`)}$`, 'm'),
    );
});

describe.each(commands)('the help of %s', (name, { usage: ways, options }) => {
  const text = helpTexts()[name as keyof typeof COMMANDS];

  test('has its usage and its own options only', () => {
    for (const way of ways) expect(text).toContain(` mcp-exporter ${name} ${way}\n`);
    const listed = [...text.matchAll(/^ {2}(?:-h, )?--([\w-]+)/gm)].map(([, option]) => option);
    expect(listed).toEqual([...Object.keys(options), 'help']);
  });

  test('says where the settings are listed', () => {
    expect(text).toContain('mcp-exporter help settings');
  });
});

test('the settings help has every setting with its flag, default, description and values', () => {
  const text = usage('settings').replaceAll(/\s+/g, ' ');
  for (const { name, flag, fallback, description, allowed } of describeSettings()) {
    const shown = [name, flag && `, ${flag}`, fallback && ` [${fallback}]`].join('');
    expect(text).toContain(` ${shown} ${description} Allowed: ${allowed} `);
  }
});
