import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { CLI, FREE_PORTS } from './cli-process.ts';
import { repositoryPath } from './repository-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The computer of a person who follows the documentation. */
export interface Reader {
  /** An empty project with a client's configuration in it. */
  readonly project: string;
  /** Has `mcp-exporter` on the PATH, and an `npx` that needs no network. */
  readonly env: Readonly<Record<string, string>>;
}

export function createReader(): Reader {
  const folder = temporaryFolder(join(tmpdir(), 'reader-'));
  const [bin, project] = [join(folder, 'bin'), join(folder, 'project')];
  for (const path of [bin, project, join(folder, 'my-project')]) mkdirSync(path);
  writeProgram(join(bin, 'mcp-exporter'), `exec '${process.execPath}' '${CLI}' "$@"`);
  const filesystem = repositoryPath('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
  // `npx -y PACKAGE FOLDER`, with a folder that exists.
  writeProgram(join(bin, 'npx'), `exec '${process.execPath}' '${filesystem}' '${project}'`);
  const files = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/data'] };
  writeFileSync(join(project, '.mcp.json'), JSON.stringify({ mcpServers: { files } }));
  const path = [bin, process.env['PATH']].join(delimiter);
  return { project, env: { PATH: path, MONITORING_LOG_LEVEL: 'silent', ...FREE_PORTS } };
}

function writeProgram(path: string, command: string): void {
  writeFileSync(path, `#!/bin/sh\n${command}\n`);
  chmodSync(path, 0o755);
}
