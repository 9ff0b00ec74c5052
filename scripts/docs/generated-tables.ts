import { describeSettings } from '../../src/settings/settings.ts';
import {
  exporterCatalogue,
  pipelineCatalogue,
  protocolCatalogue,
  type MetricDefinition,
} from '../../src/metrics/catalogue.ts';
import { LIMITS, type Limit } from '../../src/monitor/limits.ts';
import { OUTCOME_NAMES, OUTCOMES } from '../../src/monitor/outcomes.ts';
import { EXAMPLE_QUERIES } from './example-queries.ts';
import { feedEntries } from './feed-entries.ts';
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from './feed-examples.ts';
import { httpEntries } from './http-entries.ts';
import { code, fillParts, table } from './markdown.ts';

/** docs/settings.md with an entry for each setting. */
export function withSettings(document: string): string {
  return fillParts(document, { settings: settingEntries() });
}

/** docs/metrics.md with its outcomes and an entry for each metric. */
export function withMetrics(document: string): string {
  return fillParts(document, {
    outcomes: outcomesTable(),
    'metrics-protocol': metricEntries(Object.values(protocolCatalogue)),
    'metrics-pipeline': metricEntries(Object.values(pipelineCatalogue)),
    'metrics-exporter': metricEntries(Object.values(exporterCatalogue)),
  });
}

/** docs/http-api.md with a section for each route. */
export function withRoutes(document: string): string {
  return fillParts(document, { routes: httpEntries() });
}

/** docs/feed.md with a section for each message. */
export function withMessages(document: string): string {
  return fillParts(document, {
    'server-messages': feedEntries(SERVER_EXAMPLES),
    'client-messages': feedEntries(CLIENT_EXAMPLES),
  });
}

/** docs/limits.md with its table generated from the limits. */
export function withLimits(document: string): string {
  return fillParts(document, { limits: limitsTable() });
}

function settingEntries(): string {
  const entries = describeSettings().map(({ name, flag, fallback, allowed, description }) => {
    const facts = [
      ...(flag === '' ? [] : [`- Flag: ${code(flag)}`]),
      `- Default: ${fallback === '' ? 'not set' : code(fallback)}`,
      `- Allowed: ${allowed}`,
    ];
    return [`### ${name}`, `${description}.`, facts.join('\n')].join('\n\n');
  });
  return entries.join('\n\n');
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

function metricEntries(
  definitions: readonly (MetricDefinition & { name: keyof typeof EXAMPLE_QUERIES })[],
): string {
  const entries = definitions.map(({ name, type, labels, help }) => {
    const { question, query } = EXAMPLE_QUERIES[name];
    const labelled = labels.length === 0 ? 'no labels' : `labels ${labels.map(code).join(', ')}`;
    return `### ${name}\n\n${help}.\n\nType ${type}, ${labelled}. ${question}:\n\n\`\`\`promql\n${query}\n\`\`\``;
  });
  return entries.join('\n\n');
}
