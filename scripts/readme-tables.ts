import { describeSettings } from '../src/config.ts';
import {
  exporterCatalogue,
  pipelineCatalogue,
  protocolCatalogue,
  type MetricDefinition,
} from '../src/metrics/catalogue.ts';

/** `readme` with its generated tables made anew from the settings' schema and the metric catalogue. */
export function withTables(readme: string): string {
  const tables = {
    settings: settingsTable(),
    'metrics-protocol': metricsTable(Object.values(protocolCatalogue)),
    'metrics-pipeline': metricsTable(Object.values(pipelineCatalogue)),
    'metrics-exporter': metricsTable(Object.values(exporterCatalogue)),
  };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [start, end] = [`<!-- ${name}: made by npm run docs -->`, `<!-- /${name} -->`];
    if (!text.includes(start) || !text.includes(end))
      throw new Error(`README.md: expected ${start} and ${end}`);
    const [before = '', rest = ''] = text.split(start);
    return `${before}${start}\n\n${table}\n\n${end}${rest.split(end)[1]}`;
  }, readme);
}

function settingsTable(): string {
  const rows = describeSettings().map(({ name, fallback, allowed, description }) => [
    `\`${name}\``,
    fallback === '' ? '' : `\`${fallback}\``,
    description,
    allowed,
  ]);
  return table(['Variable', 'Default', 'What it does', 'Allowed'], rows);
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
