import { expectNoPositionals, parseArguments } from '../../src/commands/arguments.ts';
import { UsageError } from '../../src/commands/usage-error.ts';
import { STACK_PORTS, type StackPorts } from './ports.ts';

const OPTIONS = {
  demo: { type: 'boolean' },
  workspace: { type: 'string' },
  data: { type: 'string' },
  verbose: { type: 'boolean' },
  'exporter-port': { type: 'string' },
  'feed-port': { type: 'string' },
  'prometheus-port': { type: 'string' },
  'alertmanager-port': { type: 'string' },
  'grafana-port': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const portLines = Object.values(STACK_PORTS).map(
  ({ option, port, program }) =>
    `  ${`${option} PORT`.padEnd(25)} ${port} for ${program}; 0 takes any free port\n`,
);

export const STACK_USAGE = `Usage: npm run stack -- [options]

Starts the exporter, Prometheus, Alertmanager and (if it is on the PATH) Grafana on loopback, with this
repository's configuration files. The exporter's settings come from the environment.

Options:
  --demo                    Run an MCP client on a scratch copy of this repository until Ctrl-C
  --workspace DIR           Workspace of the pipeline server (default: the current folder)
  --data DIR                Folder for the data of Prometheus, Alertmanager and Grafana
  --verbose                 Print the output of the programs
${portLines.join('')}  -h, --help                Print this
`;

/** @throws UsageError */
export function readStackOptions(args: readonly string[]) {
  const { demo = false, verbose = false, help = false, workspace, data, ...options } = parse(args);
  if (demo && workspace !== undefined)
    throw new UsageError('--demo uses its own workspace: remove --workspace');
  const ports: Partial<StackPorts> = {};
  for (const name of ['exporter', 'feed', 'prometheus', 'alertmanager', 'grafana'] as const) {
    const value = options[`${name}-port`];
    if (value !== undefined) ports[name] = readPort(STACK_PORTS[name].option, value);
  }
  return { demo, verbose, help, workspaceDir: workspace, dataDir: data, ports };
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArguments('stack', OPTIONS, [...args]);
  expectNoPositionals('stack', positionals);
  return values;
}

function readPort(option: string, value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new UsageError(
    `${option}: expected a whole number from 0 to 65535, received ${JSON.stringify(value)}`,
  );
}
