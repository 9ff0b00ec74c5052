import { openApi } from '../../src/exporter/openapi.ts';
import { readVersion } from '../../src/package-files.ts';
import { code, jsonBlock, table } from './markdown.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: {
    readonly type?: string;
    readonly default?: number;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
    readonly items?: { readonly enum: readonly string[] };
  };
}

interface Content {
  readonly 'application/json': {
    readonly examples?: Readonly<Record<string, { readonly summary?: string; readonly value: unknown }>>;
  };
}

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

/** A section for each route of the OpenAPI document, with its parameters and examples. */
export function httpEntries(): string {
  const { paths } = openApi(readVersion()) as { paths: Record<string, Record<string, Operation>> };
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => entry(method.toUpperCase(), path, operation)),
  );
  return entries.join('\n\n');
}

function entry(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const requests = examplesOf(requestBody?.content);
  const answers = examplesOf(responses['200']?.content);
  return [
    `### ${code(`${method} ${path}`)}`,
    `${summary}.`,
    ...(description === undefined ? [] : [description]),
    ...(parameters.length === 0 ? [] : [parameterTable(parameters)]),
    ...requests.map(([name, text]) => `${name}:\n\n${text}`),
    ...answers.map(([, text], index) => `${index === 0 ? 'Answer' : 'Or'}:\n\n${text}`),
  ].join('\n\n');
}

function examplesOf(content: Content | undefined): [summary: string, text: string][] {
  const examples = Object.values(content?.['application/json'].examples ?? {});
  return examples.map(({ summary = '', value }) => [summary, jsonBlock(value)]);
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, required, schema, description }) => [
    code(name),
    description ?? allowed(schema),
    required ? 'required' : schema.default === undefined ? '' : code(String(schema.default)),
  ]);
  return table(['Parameter', 'Value', 'Default'], rows);
}

function allowed({ type, items, minimum, exclusiveMinimum, maximum }: Parameter['schema']): string {
  if (items) return `one or more of ${items.enum.map(code).join(', ')}, separated by commas`;
  if (type === 'string') return 'text';
  const from = minimum === undefined ? `above ${exclusiveMinimum}` : `from ${minimum}`;
  return `${type} ${from}, up to ${maximum}`;
}
