import { describeSettings } from '../src/settings/settings.ts';
import {
  exporterCatalogue,
  pipelineCatalogue,
  protocolCatalogue,
  type MetricDefinition,
} from '../src/metrics/catalogue.ts';
import { LIMITS, type Limit } from '../src/monitor/limits.ts';
import { OUTCOME_NAMES, OUTCOMES } from '../src/monitor/outcomes.ts';

/** docs/settings.md with its table generated from the settings. */
export function withSettings(document: string): string {
  return fillTables(document, { settings: settingsTable() });
}

/** docs/metrics.md with its tables generated from the metric catalogue. */
export function withMetrics(document: string): string {
  return fillTables(document, {
    outcomes: outcomesTable(),
    'metrics-protocol': metricsTable(Object.values(protocolCatalogue)),
    'metrics-pipeline': metricsTable(Object.values(pipelineCatalogue)),
    'metrics-exporter': metricsTable(Object.values(exporterCatalogue)),
  });
}

/** docs/limits.md with its table generated from the limits. */
export function withLimits(document: string): string {
  return fillTables(document, { limits: limitsTable() });
}

function fillTables(document: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- /${name} -->`];
    if (!text.includes(start) || !text.includes(end)) throw new Error(`expected ${start} and ${end}`);
    const [before = '', rest = ''] = text.split(start);
    return `${before}${start}\n\n${table}\n\n${end}${rest.split(end)[1]}`;
  }, document);
}

function settingsTable(): string {
  const rows = describeSettings().map(({ name, flag, fallback, allowed, description }) => [
    flag === '' ? `\`${name}\`` : `\`${name}\`, \`${flag}\``,
    fallback === '' ? '' : `\`${fallback}\``,
    description,
    allowed,
  ]);
  return table(['Variable', 'Default', 'What it does', 'Allowed'], rows);
}

function limitsTable(): string {
  const rows = Object.entries<Limit>(LIMITS).map(([name, { max, unit, description, beyond }]) => [
    `\`${name}\``,
    `${max.toLocaleString('en-US')} ${unit}`,
    description,
    beyond,
  ]);
  return table(['Limit', 'Value', 'What is bounded', 'Beyond it'], rows);
}

const COUNTS_AS = {
  success: 'a success',
  error: 'an error',
  attempt: 'neither, but among all',
  nothing: 'left out',
} as const;

function outcomesTable(): string {
  const rows = OUTCOME_NAMES.map((outcome) => {
    const { errorType, meaning, countsAs } = OUTCOMES[outcome];
    const value = errorType === null ? 'any other' : errorType === '' ? 'empty' : `\`${errorType}\``;
    return [`\`${outcome}\``, value, meaning, COUNTS_AS[countsAs]];
  });
  return table(['`status`', '`error_type` of requests', 'What happened', 'In rates and objectives'], rows);
}

function metricsTable(definitions: readonly MetricDefinition[]): string {
  const rows = definitions.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return table(['Metric', 'Type', 'Labels', 'What it says'], rows);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
