import { readdirSync } from 'node:fs';

import { expect, test } from 'vitest';

import { anchorOf } from '../../scripts/docs/anchors.ts';
import { readConfigFile } from '../../src/client-config/config-file.ts';
import { wrapConfig } from '../../src/client-config/wrap-config.ts';
import { errorMessage } from '../../src/errors.ts';
import { requirePackages } from '../../src/exporter/required-packages.ts';
import { loadConfig } from '../../src/settings/config.ts';
import { explanationOf, sectionLink, SECTIONS, type SectionName } from '../../src/troubleshooting.ts';
import { readRepositoryFile, repositoryPath } from '../support/repository-file.ts';

const MANIFEST = {
  version: '1.2.3',
  homepage: 'https://github.com/OWNER/mcp-exporter#readme',
  engines: { node: '>=20' },
  peerDependencies: {},
};
const headings = [...readRepositoryFile('docs/troubleshooting.md').matchAll(/^### (.*)$/gm)].map(
  ([, heading = '']) => heading.replaceAll(/`/g, ''),
);
const sections = Object.keys(SECTIONS) as SectionName[];

/** The constant texts of the warnings and errors that `source` logs. */
const loggedBy = (source: string) =>
  [...source.matchAll(/logger\)?\s*\.(?:warn|error)\([^;]*?'([^']{10,})'/gi)].map(([, line]) => line ?? '');

test('docs/troubleshooting.md explains every warning and error that is logged', () => {
  const files = readdirSync(repositoryPath('src'), { recursive: true, encoding: 'utf8' });
  const logged = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => loggedBy(readRepositoryFile(`src/${file}`)));
  expect(logged.length).toBeGreaterThan(15);
  const explained = readRepositoryFile('docs/troubleshooting.md');
  expect(logged.filter((line) => !explained.includes(`\`${line}\``))).toEqual([]);
});

test.each(sections)('the link to %s leads to a heading of docs/troubleshooting.md', (name) => {
  const [page, anchor] = sectionLink(name)?.split('#') ?? [];
  expect(page).toBe(repositoryPath('docs/troubleshooting.md'));
  expect(headings).toContain(SECTIONS[name].heading);
  expect(headings.map(anchorOf)).toContain(anchor);
});

test('once the homepage is known, links lead to the page of this version in its repository', () => {
  const homepage = 'https://github.com/acme/mcp-exporter#readme';
  expect(sectionLink('portInUse', { ...MANIFEST, homepage })).toBe(
    'https://github.com/acme/mcp-exporter/blob/v1.2.3/docs/troubleshooting.md#port--on--is-in-use',
  );
  expect(sectionLink('portInUse', MANIFEST)).toBe(
    `${repositoryPath('docs/troubleshooting.md')}#port--on--is-in-use`,
  );
});

test.each<[SectionName, () => unknown]>([
  ['invalidSetting', () => loadConfig({ MONITORING_WS_PORT: 'x' })],
  ['invalidSetting', () => loadConfig({ MONITORING_REQUIRE_AUTH: 'true' })],
  ['packagesMissing', () => requirePackages('the pipeline server', ['no-such-package'])],
  ['invalidClientConfig', () => wrapConfig('{,}', { hubUrl: 'http://127.0.0.1:3001' })],
  ['noServers', () => wrapConfig('{}', { hubUrl: 'http://127.0.0.1:3001' })],
])('an error of the kind %s links to its section', (name, fail) => {
  expect(explanationOf(messageOf(fail))).toBe(sectionLink(name));
});

test('an error without a section has no link', () => {
  expect(explanationOf(messageOf(() => readConfigFile('/no/such/file')))).toBeUndefined();
  expect(explanationOf('')).toBeUndefined();
});

function messageOf(fail: () => unknown): string {
  try {
    fail();
  } catch (error) {
    return errorMessage(error);
  }
  throw new Error('expected an error');
}
