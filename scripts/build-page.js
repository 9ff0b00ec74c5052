// The page as browsers get it: its modules in few and small files, so that a page loads what it shows and little more;
// and the files that are not TypeScript.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { bundle as bundleStyles } from 'lightningcss';
import { rolldown } from 'rolldown';

const source = new URL('../src/feed/page/', import.meta.url);
const target = new URL('../dist/feed/page/', import.meta.url);

const bundle = await rolldown({
  input: fileURLToPath(new URL('app.ts', source)),
  // Pages may import from it what it needs itself.
  preserveEntrySignatures: 'allow-extension',
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // What more than one page needs is one file, and another where the page as it opens can do without: many small ones
  // take longer than they are long.
  codeSplitting: {
    groups: [
      {
        name: (id, modules) => (isOfOpening(id, modules) ? 'shared' : null),
        debugName: 'shared',
        minShareCount: 2,
        priority: 1,
      },
      { name: 'details', minShareCount: 2, includeDependenciesRecursively: false },
    ],
  },
});
// Nothing of an earlier build stays.
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const { fileName, code } of output) writeFileSync(new URL(fileName, target), code);

copyFileSync(new URL('favicon.svg', source), new URL('favicon.svg', target));
const styles = new URL('styles/', source);
for (const name of readdirSync(styles).filter((each) => each.endsWith('.css'))) {
  const { code } = bundleStyles({
    filename: fileURLToPath(new URL(name, styles)),
    minify: true,
    // As it is written: nothing is added for browsers that are older than what the page needs anyway.
    targets: {},
  });
  writeFileSync(new URL(name, target), code);
}

/** Whether what is loaded when the page is opened imports it, or what imports it. */
function isOfOpening(id, modules) {
  if (/\/(app|live-page)\.ts$/.test(id)) return true;
  return modules.getModuleInfo(id).importers.some((importer) => isOfOpening(importer, modules));
}

// What the first module needs is asked for with it, and not after it.
const needed = output.find(({ isEntry }) => isEntry).imports;
const preloads = needed.map((name) => `<link rel="modulepreload" href="./${name}" />\n`).join('');
const html = readFileSync(new URL('index.html', source), 'utf8');
const withPreloads = html.replace('<script type="module"', `${preloads}$&`);
writeFileSync(new URL('index.html', target), withPreloads.replaceAll(/^\s+/gm, ''));
