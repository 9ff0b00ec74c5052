import { expectNoPositionals, parseArguments, readSettings } from '../src/commands/arguments.ts';
import { optionRows } from '../src/commands/usage.ts';

const OPTIONS = {
  once: { type: 'boolean', default: false, description: 'End after one round, with a summary table' },
  port: {
    type: 'string',
    value: 'PORT',
    description: 'Port of the exporter (default: MONITORING_DASHBOARD_PORT, or 3001)',
  },
} as const;

export const DEMO_USAGE = `Usage: npm run demo -- [options]

Starts the exporter over a scratch copy of this repository, and lets an MCP
client call its tools until Ctrl-C.

Options:
${optionRows(OPTIONS)}`;

/** @throws UsageError for an option that does not exist, or an invalid port */
export function readDemoOptions(args: readonly string[]) {
  const options = { ...OPTIONS, help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values, positionals } = parseArguments('demo', options, [...args]);
  expectNoPositionals('demo', positionals);
  const { once, help, port } = values;
  readSettings({ port });
  return { isOnce: once, isHelp: help, port };
}
