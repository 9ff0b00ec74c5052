import { shellLine } from '../client-config/proxy-command-line.ts';
import { printable } from '../client-config/wrap-report.ts';
import { logFile } from './client-files.ts';
import type { HubStart } from './hub-start.ts';
import type { SetupOptions } from './setup-options.ts';
import type { FileChange, SetupPlan } from './setup-plan.ts';
import { shownDiff } from './shown-diff.ts';

/** Every file with its servers and with the difference that `setup` makes. */
export function describePlan({ files, problems }: SetupPlan): string {
  const sections = [
    ...files.map((change) => [`${change.client}: ${change.file}`, ...describeFile(change)]),
    ...problems.map(({ client, file, reason }) => [`${client}: ${file}`, `  left unchanged: ${reason}`]),
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function describeFile({ file, before, after, result }: FileChange): string[] {
  const lines = [
    ...result.wrapped.map((name) => `  wrap ${printable(name)}`),
    ...result.hubChanged.map((name) => `  change the hub of ${printable(name)}`),
    ...result.skipped.map(({ name, reason }) => `  skip ${printable(name)}: ${reason}`),
  ];
  return after === before ? lines : [...lines, shownDiff(file, before, after)];
}

/** What the user needs to know after the changes. */
export function closingLines(
  { machine, shellProgram, hasKey }: SetupOptions,
  start: HubStart,
  changes: readonly FileChange[],
): string[] {
  const clients = [...new Set(changes.map(({ client }) => client))].join(', ');
  const lines = [pageLine(start)];
  if (clients !== '') lines.push(`Restart ${clients}. The servers then report to the hub.`);
  if (hasKey) {
    lines.push(
      'If the hub requires a key, set MCP_EXPORTER_MONITORING_API_KEY in the "env" of each server. setup does not write it.',
    );
  }
  if (start.kind === 'background') {
    lines.push(`The hub logs to ${logFile(machine)}. After a reboot, run setup again to start it.`);
  }
  lines.push(`To undo: ${shellLine([...shellProgram, 'setup', '--undo'])}`);
  return lines;
}

export function pageLine({ kind, hubUrl }: HubStart): string {
  return kind === 'remote'
    ? `No hub answers at ${hubUrl}: start it there. Its page is ${hubUrl}/`
    : `Page: ${hubUrl}/`;
}
