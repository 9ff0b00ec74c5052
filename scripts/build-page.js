// The page as browsers get it: what the compiler made of its modules, in few and small files, so that a page loads what
// it shows and little more; and what is not TypeScript.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { transform } from 'lightningcss';
import { rolldown } from 'rolldown';

const source = new URL('../src/feed/page/', import.meta.url);
const target = new URL('../dist/feed/page/', import.meta.url);

const bundle = await rolldown({ input: fileURLToPath(new URL('app.js', target)) });
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // What more than one page needs is one file: many small ones take longer than they are long.
  codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
});
// What the compiler made, and what an earlier build did.
for (const entry of readdirSync(target, { withFileTypes: true })) {
  const isMade = entry.isDirectory() || /\.(js|js\.map|css)$/.test(entry.name);
  if (isMade) rmSync(new URL(entry.name, target), { recursive: true });
}
for (const { fileName, code } of output) writeFileSync(new URL(fileName, target), code);

for (const name of readdirSync(source)) {
  if (name.endsWith('.svg')) copyFileSync(new URL(name, source), new URL(name, target));
  if (!name.endsWith('.css')) continue;
  const { code } = transform({
    filename: name,
    code: readFileSync(new URL(name, source)),
    minify: true,
    // As it is written: nothing is added for browsers that are older than what the page needs anyway.
    targets: {},
  });
  writeFileSync(new URL(name, target), code);
}

// What the first module needs is asked for with it, and not after it.
const needed = output.find(({ isEntry }) => isEntry).imports;
const preloads = needed.map((name) => `<link rel="modulepreload" href="./${name}" />\n`).join('');
const html = readFileSync(new URL('index.html', source), 'utf8');
const withPreloads = html.replace('<script type="module"', `${preloads}$&`);
writeFileSync(new URL('index.html', target), withPreloads.replaceAll(/^\s+/gm, ''));
