import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { chromiumPath } from './browser.ts';
import { EVERYTHING, FILESYSTEM } from './everything.ts';

const require = createRequire(import.meta.url);

type Call = readonly [tool: string, args: object];

/** An MCP server of other authors, from npm, that works in a folder of its own. */
export interface NpmServer {
  readonly name: string;
  argv(folder: string): string[];
  env?(folder: string): Record<string, string>;
  /** Calls of its tools, some of which fail. Their responses are always the same. */
  calls(folder: string): Call[];
}

export const NPM_SERVERS: readonly NpmServer[] = [
  {
    name: 'everything',
    argv: () => [EVERYTHING, 'stdio'],
    calls: () => [
      ['echo', { message: 'hällo 😀 "quoted" \\ {}[]' }],
      ['echo', { message: 'x'.repeat(200_000) }],
      ['get-sum', { a: 2, b: 40 }],
      ['get-tiny-image', {}],
      ['get-structured-content', { location: 'Chicago' }],
      ['echo', {}],
      ['there-is-no-such-tool', {}],
    ],
  },
  {
    name: 'filesystem',
    argv: (folder) => [FILESYSTEM, folder],
    calls: (folder) => [
      ['read_text_file', { path: join(folder, 'small.txt') }],
      ['read_text_file', { path: join(folder, 'large.txt') }],
      ['write_file', { path: join(folder, 'new.txt'), content: 'z'.repeat(100_000) }],
      ['read_text_file', { path: '/etc/passwd' }],
      ['list_directory', { path: folder }],
    ],
  },
  {
    name: 'memory',
    argv: () => [require.resolve('@modelcontextprotocol/server-memory/dist/index.js')],
    env: (folder) => ({ MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }),
    calls: () => [
      ['create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['likes 7'] }] }],
      ['add_observations', { observations: [{ entityName: 'Nobody', contents: ['is missing'] }] }],
      ['search_nodes', { query: 'Ada' }],
      ['read_graph', {}],
      ['create_entities', { entities: 'none' }],
    ],
  },
  {
    name: 'sequential-thinking',
    argv: () => [require.resolve('@modelcontextprotocol/server-sequential-thinking/dist/index.js')],
    calls: () => [
      ['sequentialthinking', thought(1)],
      ['sequentialthinking', thought(2)],
      ['sequentialthinking', { thought: 'no number' }],
    ],
  },
  {
    name: 'chrome-devtools',
    argv: () => [
      require.resolve('chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js'),
      '--headless',
      '--isolated',
      '--no-usage-statistics',
      `--executablePath=${chromiumPath()}`,
      '--chromeArg=--no-sandbox',
      '--chromeArg=--disable-gpu',
      '--chromeArg=--disable-background-networking',
    ],
    calls: () => [
      ['navigate_page', { type: 'url', url: 'data:text/html,<title>Here</title><p>héllo' }],
      ['evaluate_script', { function: '() => document.querySelector("p").textContent' }],
      ['evaluate_script', { function: '() => missing.member' }],
      ['click', { uid: 'none' }],
    ],
  },
];

function thought(thoughtNumber: number): object {
  return {
    thought: `Thought ${thoughtNumber} 🤔`,
    thoughtNumber,
    totalThoughts: 2,
    nextThoughtNeeded: thoughtNumber < 2,
  };
}

/** Makes a folder as it was before a server wrote to it. */
export function resetFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'small.txt'), 'hällo\r\n');
  writeFileSync(join(folder, 'large.txt'), 'line "with" quotes \\ and ünicode 😀\n'.repeat(20_000));
}

/** The content of each file of a folder. */
export function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}
