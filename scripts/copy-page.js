// What of the page is not TypeScript goes to the build as it is.
import { copyFileSync, readdirSync } from 'node:fs';

const source = new URL('../src/feed/page/', import.meta.url);
const target = new URL('../dist/feed/page/', import.meta.url);

for (const name of readdirSync(source)) {
  if (/\.(html|css|svg)$/.test(name)) copyFileSync(new URL(name, source), new URL(name, target));
}
