import semver from 'semver';

import { findInstalledVersion, installCommand } from '../exporter/required-packages.ts';
import type { Manifest } from '../package-files.ts';
import { ok, problem, type Check } from './check.ts';

/** @param nodeVersion - as in `process.version` */
export function checkNode(nodeVersion: string, { engines }: Manifest): Check {
  const name = 'Node.js';
  if (semver.satisfies(nodeVersion, engines.node))
    return ok(name, `${nodeVersion}, expected ${engines.node}`);
  return problem(name, `expected ${engines.node}, got ${nodeVersion}`, { fix: 'Install a newer Node.js.' });
}

/** Optional packages that are missing are not a problem, because only one command needs them. */
export function checkPackage(
  name: string,
  { peerDependencies }: Manifest,
  findVersion: (name: string) => string | undefined = findInstalledVersion,
): Check {
  const range = peerDependencies[name] ?? '*';
  const version = findVersion(name);
  if (version === undefined) {
    return ok(name, `not installed. Only mcp-exporter serve needs it: ${installCommand([name])}`);
  }
  if (semver.satisfies(version, range)) return ok(name, `${version}, expected ${range}`);
  const fix = `Run: ${installCommand([name])}`;
  return problem(name, `expected ${range}, got ${version}`, { fix, section: 'packagesMissing' });
}
