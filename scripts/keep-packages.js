// Turns the named development dependencies into dependencies, so that `npm prune --omit=dev` keeps them. The container
// image needs the packages of the pipeline server, which are optional elsewhere.
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
