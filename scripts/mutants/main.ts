// Mutates all folders, or the folders and files in the arguments. Fails if the tests find too few mutants.
import { parseArgs } from 'node:util';

import { Stryker } from '@stryker-mutator/core';

import { foldersBelowTheThreshold, printScores } from './scores.ts';
import { strykerOptions } from './stryker-options.ts';

const FOLDERS = ['history', 'http', 'mcp', 'metrics', 'monitor', 'relay'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '2' },
    force: { type: 'boolean', default: false },
    unit: { type: 'boolean', default: false },
  },
});

/** The patterns of files to mutate, by folder. */
function filesByFolder(names: string[]): Map<string, string[]> {
  const byFolder = new Map<string, string[]>();
  for (const name of names) {
    const folder = FOLDERS.find((known) => name === known || name.startsWith(`src/${known}/`));
    if (folder === undefined) {
      throw new TypeError(`expected a folder (${FOLDERS.join(', ')}) or a file in one, got "${name}"`);
    }
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), name === folder ? `src/${folder}/**/*.ts` : name]);
  }
  return byFolder;
}

const results = [];
for (const [folder, files] of filesByFolder(positionals.length > 0 ? positionals : FOLDERS)) {
  const stryker = new Stryker(
    strykerOptions({
      folder,
      files,
      concurrency: Number(values.concurrency),
      onlyUnitTests: values.unit,
      isForced: values.force,
    }),
  );
  results.push(...(await stryker.runMutationTest()));
}
printScores(results);
if (foldersBelowTheThreshold(results).length > 0) process.exitCode = 1;
