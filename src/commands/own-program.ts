import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { findOwnProgram } from '../client-config/own-program.ts';
import { packagePath, readVersion } from '../package-files.ts';

const CLI = packagePath('cli.js');

/** The command, and its first arguments, by which MCP clients start this program. */
export function ownProgram(): string[] {
  return findOwnProgram({
    path: process.env['PATH'],
    platform: process.platform,
    execPath: process.execPath,
    cliPath: CLI,
    version: readVersion(),
  });
}

/** This installation, which exists for as long as the process runs. */
export const RUNNING_PROGRAM: readonly string[] = [process.execPath, CLI];

/** The same by absolute paths that exist after a reboot. */
export function installedProgram(): string[] {
  const [command = '', ...args] = ownProgram();
  if (command !== 'npx') return [...RUNNING_PROGRAM];
  const npx = join(dirname(process.execPath), 'npx');
  return existsSync(npx) ? [npx, ...args] : ['/usr/bin/env', command, ...args];
}
