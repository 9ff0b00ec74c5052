// Writes the runbooks into the build, as a page.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { runbooksPage } from './runbooks-page.ts';

const page = new URL('../dist/feed/page/', import.meta.url);
const assets = readdirSync(new URL('assets/', page));
const markdown = readFileSync(new URL('../docs/runbooks.md', import.meta.url), 'utf8');
const html = runbooksPage(markdown).replaceAll(
  /(?<=href="\.\/)([\w-]+)\.css(?=")/g,
  (_link, name: string) => {
    const asset = assets.find((each) => new RegExp(`^${name}-[\\w-]{8}\\.css$`).test(each));
    if (asset === undefined) throw new Error(`expected a style sheet ${name}.css in the build`);
    return `assets/${asset}`;
  },
);
writeFileSync(new URL('runbooks.html', page), html);
