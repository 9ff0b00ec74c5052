// The page as browsers get it: what the compiler made of its modules, in few and small files, so that a page loads what
// it shows and no more; and what is not TypeScript.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildSync, transformSync } from 'esbuild';

const source = new URL('../src/feed/page/', import.meta.url);
const target = new URL('../dist/feed/page/', import.meta.url);
const folder = fileURLToPath(target);

const { outputFiles, metafile } = buildSync({
  entryPoints: [`${folder}app.js`],
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  metafile: true,
  write: false,
  allowOverwrite: true,
  chunkNames: '[name]-[hash]',
});
// What the compiler made, and what an earlier build did.
for (const entry of readdirSync(target, { withFileTypes: true })) {
  if (entry.isDirectory() || /\.js(\.map)?$/.test(entry.name))
    rmSync(new URL(entry.name, target), { recursive: true });
}
for (const { path, contents } of outputFiles) writeFileSync(path, contents);

for (const name of readdirSync(source)) {
  if (name.endsWith('.svg')) copyFileSync(new URL(name, source), new URL(name, target));
  if (!name.endsWith('.css')) continue;
  const css = readFileSync(new URL(name, source), 'utf8');
  writeFileSync(new URL(name, target), transformSync(css, { minify: true, loader: 'css' }).code);
}

// What the first module needs is asked for with it, and not after it.
const [, app] = Object.entries(metafile.outputs).find(([path]) => basename(path) === 'app.js');
const needed = app.imports
  .filter(({ kind }) => kind === 'import-statement')
  .map(({ path }) => relative(folder, path));
const preloads = needed.map((name) => `<link rel="modulepreload" href="./${name}" />\n`).join('');
const html = readFileSync(new URL('index.html', source), 'utf8');
const withPreloads = html.replace('<script type="module"', `${preloads}$&`);
writeFileSync(new URL('index.html', target), withPreloads.replaceAll(/^\s+/gm, ''));
