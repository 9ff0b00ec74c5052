// Makes development dependencies real ones, by name, so that `npm prune --omit=dev` keeps them: a container serves the
// pipeline server, whose packages are optional elsewhere.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8'));
for (const name of process.argv.slice(2)) {
  const range = manifest.devDependencies[name];
  if (range === undefined) throw new Error(`${name}: expected one of the development dependencies`);
  manifest.dependencies[name] = range;
  delete manifest.devDependencies[name];
}
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
