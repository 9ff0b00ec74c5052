import { expect, test } from 'vitest';
import { z } from 'zod';

import { describeSettings } from '../../../src/settings/settings.ts';
import { readRepositoryFile } from '../../support/repository-file.ts';

/** The parts of the MCP registry's schema (2025-12-11) that server.json uses; an unknown key is an error. */
const input = z.strictObject({
  description: z.string().optional(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  value: z.string().optional(),
});
const withVariables = input.extend({ variables: z.record(z.string(), input).optional() });
const argument = z.discriminatedUnion('type', [
  withVariables.extend({ type: z.literal('named'), name: z.string() }),
  withVariables.extend({ type: z.literal('positional'), value: z.string() }),
]);
const registryEntry = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z.string().regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  repository: z.strictObject({ url: z.url(), source: z.literal('github') }),
  packages: z.tuple([
    z.strictObject({
      registryType: z.literal('oci'),
      identifier: z.string(),
      runtimeHint: z.literal('docker'),
      transport: z.strictObject({ type: z.literal('stdio') }),
      runtimeArguments: z.array(argument),
      packageArguments: z.array(argument),
      environmentVariables: z.array(withVariables.extend({ name: z.string() })),
    }),
  ]),
});

const entry = registryEntry.parse(JSON.parse(readRepositoryFile('server.json')));
const [image] = entry.packages;
const manifest = JSON.parse(readRepositoryFile('package.json')) as {
  version: string;
  repository: { url: string };
};

test('server.json and its image have the version of package.json', () => {
  expect(entry.version).toBe(manifest.version);
  expect(image.identifier).toMatch(/^ghcr\.io\/\w+\/mcp-exporter:/);
  expect(image.identifier.split(':').at(-1)).toBe(manifest.version);
});

test('server.json names the repository of package.json', () => {
  expect(manifest.repository.url).toBe(`git+${entry.repository.url}.git`);
});

test('server.json runs the pipeline server on stdio, over the folder that it mounts', () => {
  const args = image.packageArguments.flatMap((it) =>
    it.type === 'named' ? [it.name, it.value] : [it.value],
  );
  expect(args).toEqual(['serve', '--stdio', '--workspace', '/workspace']);
  expect(image.runtimeArguments.map(({ value }) => value)).toEqual([
    'type=bind,src={workspace},dst=/workspace',
  ]);
});

test('server.json names only settings that exist', () => {
  const known = describeSettings().map(({ name }) => name);
  for (const { name } of image.environmentVariables) expect(known).toContain(name);
});
