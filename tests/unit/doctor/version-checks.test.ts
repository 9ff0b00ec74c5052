import { expect, test } from 'vitest';

import { checkNode, checkPackage } from '../../../src/doctor/version-checks.ts';
import { findInstalledVersion } from '../../../src/exporter/required-packages.ts';
import { readManifest } from '../../../src/package-files.ts';

const manifest = { ...readManifest(), engines: { node: '>=20.19' }, peerDependencies: { oxlint: '~1.89.0' } };

test.each([
  ['v20.19.0', 'ok'],
  ['v24.1.0', 'ok'],
  ['v20.18.3', 'problem'],
  ['v18.20.0', 'problem'],
])('Node.js %s is %s', (version, status) => {
  expect(checkNode(version, manifest)).toMatchObject({ status, message: expect.stringContaining(version) });
});

test.each([
  ['1.89.3', 'ok', '1.89.3, expected ~1.89.0'],
  ['1.90.0', 'problem', 'expected ~1.89.0, got 1.90.0'],
  [undefined, 'ok', 'not installed. Only mcp-exporter serve needs it: npm install oxlint@'],
])('an optional package of version %s is %s', (version, status, message) => {
  const check = checkPackage('oxlint', manifest, () => version);
  expect(check).toMatchObject({ status, message: expect.stringContaining(message) });
});

test('the version of an installed package is that of its package.json', () => {
  expect(findInstalledVersion('oxlint')).toMatch(/^\d+\.\d+\.\d+$/);
  expect(findInstalledVersion('no-such-package')).toBeUndefined();
});
