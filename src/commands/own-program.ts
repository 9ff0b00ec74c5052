import { findProgramByPath, findShellProgram } from '../client-config/own-program.ts';
import { packagePath, readVersion } from '../package-files.ts';

const CLI = packagePath('cli.js');

/** The command, and its first arguments, by which users start this program in a shell. */
export function shellProgram(): string[] {
  return findShellProgram(installation());
}

/** The same by absolute paths, for MCP clients and services. They have another PATH, and start it after a reboot. */
export function programByPath(): string[] {
  return findProgramByPath(installation());
}

/** This installation, which exists for as long as the process runs. */
export const RUNNING_PROGRAM: readonly string[] = [process.execPath, CLI];

function installation() {
  return {
    path: process.env['PATH'],
    platform: process.platform,
    execPath: process.execPath,
    cliPath: CLI,
    version: readVersion(),
  };
}
