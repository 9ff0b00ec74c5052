import { existsSync, readdirSync } from 'node:fs';

import { expect, test } from 'vitest';
import { z } from 'zod';

import { readYaml, repositoryPath } from '../../support/repository-file.ts';

/** The parts of GitHub's issue forms that the forms here use; an unknown key is an error. */
const id = z.string().regex(/^[\w-]+$/);
const validations = z.strictObject({ required: z.boolean() }).optional();
const labelled = z.strictObject({ label: z.string().min(1), description: z.string().optional() });
const element = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: z.string().min(1) }) }),
  z.strictObject({ type: z.literal('input'), id, attributes: labelled, validations }),
  z.strictObject({
    type: z.literal('textarea'),
    id,
    attributes: labelled.extend({ placeholder: z.string().optional(), render: z.string().optional() }),
    validations,
  }),
  z.strictObject({
    type: z.literal('dropdown'),
    id,
    attributes: labelled.extend({ options: z.array(z.string()).min(1) }),
    validations,
  }),
]);
const form = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  labels: z.array(z.string()),
  body: z.array(element).min(1),
});

const FORMS = '.github/ISSUE_TEMPLATE';
const forms = readdirSync(repositoryPath(FORMS)).filter((file) => file !== 'config.yml');

test.each(forms)('%s is an issue form with unique ids, labels and options', (file) => {
  const { body } = form.parse(readYaml(`${FORMS}/${file}`));
  const fields = body.filter((it) => it.type !== 'markdown');
  const isUnique = (values: readonly string[]) => new Set(values).size === values.length;
  expect(fields.some((field) => field.validations?.required)).toBe(true);
  expect(isUnique(fields.map((field) => field.id))).toBe(true);
  expect(isUnique(fields.map(({ attributes }) => attributes.label))).toBe(true);
  for (const field of fields)
    if (field.type === 'dropdown') expect(isUnique(field.attributes.options)).toBe(true);
});

test('there are forms for bugs and for features, and an issue needs one of them', () => {
  expect(forms.toSorted()).toEqual(['bug.yml', 'feature.yml']);
  expect(readYaml(`${FORMS}/config.yml`)).toEqual({ blank_issues_enabled: false });
});

test('Dependabot updates packages, actions and images weekly, in folders that exist', () => {
  const update = z.strictObject({
    'package-ecosystem': z.enum(['npm', 'github-actions', 'docker', 'docker-compose']),
    directory: z.string().startsWith('/'),
    schedule: z.strictObject({ interval: z.literal('weekly') }),
    groups: z
      .record(z.string(), z.strictObject({ 'update-types': z.array(z.enum(['major', 'minor', 'patch'])) }))
      .optional(),
  });
  const config = z.strictObject({ version: z.literal(2), updates: z.array(update) });
  const { updates } = config.parse(readYaml('.github/dependabot.yml'));
  expect(updates.map((it) => it['package-ecosystem']).toSorted()).toEqual([
    'docker',
    'docker-compose',
    'github-actions',
    'npm',
  ]);
  for (const { directory } of updates) expect(existsSync(repositoryPath(directory.slice(1)))).toBe(true);
});
