// `npm run release-check` lists the placeholders that must be replaced before a release. With `--strict`, which
// `npm publish` uses, it fails if there are any. With a tag (`v1.2.3`), it also compares the versions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { releaseProblems } from './release-problems.ts';

const args = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const problems = releaseProblems({
  read: (path) => readFileSync(`${root}/${path}`, 'utf8'),
  tag: args.find((arg) => arg !== '--strict'),
});
for (const problem of problems) console.log(`release: ${problem}`);
if (args.includes('--strict') && problems.length > 0) process.exitCode = 1;
