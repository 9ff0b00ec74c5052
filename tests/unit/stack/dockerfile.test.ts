import { existsSync } from 'node:fs';

import { satisfies } from 'semver';
import { expect, test } from 'vitest';

import { PIPELINE_PACKAGES } from '../../../src/pipeline/pipeline-source.ts';
import { readComposeFile } from '../../support/compose-file.ts';
import { readRepositoryFile, repositoryPath } from '../../support/repository-file.ts';

const text = readRepositoryFile('docker/Dockerfile.monitoring');
/** Instructions with their continued lines, without comments. */
const instructions = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter(Boolean)
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', value: line.slice(line.indexOf(' ') + 1) }));
const valuesOf = (name: string) => instructions.filter((it) => it.name === name).map(({ value }) => value);
const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const manifest = JSON.parse(readRepositoryFile('package.json')) as {
  description: string;
  license: string;
  engines: { node: string };
};

test('every stage starts from one pinned Node.js that the package supports', () => {
  const images = valuesOf('FROM').map((from) => from.replace(/ AS \w+$/, ''));
  expect(images.length).toBeGreaterThan(1);
  expect(new Set(images).size).toBe(1);
  const [, node = ''] =
    /^docker\.io\/library\/node:(\d+\.\d+\.\d+)-alpine\d+\.\d+$/.exec(images[0] ?? '') ?? [];
  expect(satisfies(node, manifest.engines.node)).toBe(true);
});

test('what is copied from the repository exists, and .dockerignore lets nothing else into the build', () => {
  const copied = valuesOf('COPY')
    .filter((value) => !value.startsWith('--from'))
    .flatMap((value) => value.split(' ').slice(0, -1));
  const allowed = readRepositoryFile('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(allowed[0]).toBe('*');
  expect(allowed.slice(1).map((line) => line.replace(/^!/, ''))).toEqual(expect.arrayContaining(copied));
  expect(allowed.slice(1)).toHaveLength(copied.length);
  for (const path of copied) expect(existsSync(repositoryPath(path)), path).toBe(true);
});

test('the image runs a hub as a user that is not root, without a shell or npm', () => {
  const valueOf = (name: string) => last.find((it) => it.name === name)?.value ?? '';
  expect(JSON.parse(valueOf('ENTRYPOINT'))).toEqual(['node', '/app/dist/cli.js']);
  expect(JSON.parse(valueOf('CMD'))).toEqual(['hub']);
  expect(readComposeFile().services.exporter.command).toEqual(['serve', '--workspace', '/workspace']);
  expect(valueOf('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(readComposeFile().services.exporter.user).toBe(`\${MCP_EXPORTER_USER:-${valueOf('USER')}}`);
  const afterUser = last.slice(last.findIndex(({ name }) => name === 'USER'));
  expect(afterUser.map(({ name }) => name)).not.toContain('RUN');
});

test('its health check is a program of Node’s, and asks /ready', () => {
  const [, command = '[]'] = /CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '') ?? [];
  const [node, flag, script = ''] = JSON.parse(command) as string[];
  expect([node, flag]).toEqual(['node', '-e']);
  expect(script).toContain('/ready');
});

test('the image has OCI labels and the name that the MCP registry compares with server.json', () => {
  const labels = Object.fromEntries(
    [
      ...valuesOf('LABEL')
        .join(' ')
        .matchAll(/(\S+)="([^"]*)"/g),
    ].map(([, name, value]) => [name, value]),
  );
  const { name } = JSON.parse(readRepositoryFile('server.json')) as { name: string };
  expect(labels).toEqual({
    'org.opencontainers.image.title': 'mcp-exporter',
    'org.opencontainers.image.description': manifest.description,
    'org.opencontainers.image.licenses': manifest.license,
    'io.modelcontextprotocol.server.name': name,
  });
});

test('development dependencies and sources stay in the build stage', () => {
  expect(valuesOf('RUN').join('\n')).toContain('npm prune --omit=dev');
  // The image serves the pipeline server.
  const kept = `node scripts/keep-packages.js ${PIPELINE_PACKAGES.join(' ')} && npm prune`;
  expect(valuesOf('RUN').join('\n')).toContain(kept);
  const copies = last.filter(({ name }) => name === 'COPY').map(({ value }) => value);
  expect(copies).toEqual([
    '--from=build /build/package.json ./',
    '--from=build /build/node_modules ./node_modules',
    '--from=build /build/dist ./dist',
  ]);
});
