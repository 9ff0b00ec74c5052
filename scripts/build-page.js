// Bundles the live page's modules into few small files, so that a page loads little more than it shows, and copies the
// files that are not TypeScript.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { bundle as bundleStyles } from 'lightningcss';
import { rolldown } from 'rolldown';

const source = new URL('../src/feed/page/', import.meta.url);
const target = new URL('../dist/feed/page/', import.meta.url);

/** The modules that the first view needs at once, and small ones that most views share. */
const OPENING = /\/(app|live-page|server-condition)\.ts$|\/monitor\//;
/** The first view loads its line of problems together with the first answers of the API. */
const STATUS_LINE = /\/status-line\.ts$/;

/** The styles by their names in the source. */
const styles = new Map(
  readdirSync(new URL('styles/', source))
    .filter((name) => name.endsWith('.css'))
    .map((name) => {
      const { code } = bundleStyles({
        filename: fileURLToPath(new URL(`styles/${name}`, source)),
        minify: true,
        // Adds no fallbacks, because browsers that need them cannot show the page.
        targets: {},
      });
      const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8);
      return [name, { path: `assets/${name.replace('.css', `-${hash}.css`)}`, code }];
    }),
);
const withStylePaths = (text) =>
  text.replaceAll(/[\w-]+\.css(?=['"])/g, (name) => styles.get(name)?.path ?? name);

const bundle = await rolldown({
  input: fileURLToPath(new URL('app.ts', source)),
  plugins: [{ name: 'style-paths', transform: (code) => withStylePaths(code) }],
  // Other pages may import modules that the entry also needs.
  preserveEntrySignatures: 'allow-extension',
});
const { output } = await bundle.generate({
  format: 'esm',
  minify: true,
  entryFileNames: 'assets/[name]-[hash].js',
  chunkFileNames: 'assets/[name]-[hash].js',
  // Modules that several pages share are in one file, and those that the first view does not need in others. Many small
  // files would take longer to load.
  codeSplitting: {
    groups: [
      {
        name: (id, modules) => (isImportedBy(OPENING, id, modules) ? 'shared' : null),
        debugName: 'shared',
        minShareCount: 2,
        priority: 2,
      },
      // The view of sessions shares most of it.
      {
        name: (id, modules) =>
          isImportedBy(STATUS_LINE, id, modules) && !isImportedBy(OPENING, id, modules)
            ? 'status-line'
            : null,
        debugName: 'status-line',
        priority: 1,
        includeDependenciesRecursively: false,
      },
      { name: 'details', minShareCount: 2, includeDependenciesRecursively: false },
    ],
  },
});
// Removes all files of earlier builds.
rmSync(target, { recursive: true, force: true });
mkdirSync(new URL('assets/', target), { recursive: true });
for (const { fileName, code } of output) writeFileSync(new URL(fileName, target), code);

copyFileSync(new URL('favicon.svg', source), new URL('favicon.svg', target));
for (const { path, code } of styles.values()) writeFileSync(new URL(path, target), code);

/** Whether it is a matching file, or such a file imports it, directly or indirectly. */
function isImportedBy(pattern, id, modules) {
  if (pattern.test(id)) return true;
  return modules.getModuleInfo(id).importers.some((importer) => isImportedBy(pattern, importer, modules));
}

// Preloads the imports of the entry module, so that they load in parallel with it.
const entry = output.find(({ isEntry }) => isEntry);
const preloads = entry.imports.map((name) => `<link rel="modulepreload" href="./${name}" />\n`).join('');
const html = readFileSync(new URL('index.html', source), 'utf8');
const withAssets = withStylePaths(html).replace('./app.js', `./${entry.fileName}`);
// A reverse proxy may serve the page at a path without a final slash, which would break all relative addresses.
const setBase =
  "if(!/\\/(index(\\.html)?)?$/.test(location.pathname)){const base=document.createElement('base');" +
  "base.href=location.pathname+'/';document.head.append(base)}";
const withBase = withAssets.replace(
  '<meta charset="utf-8" />',
  `$&\n<script>${setBase.replaceAll('$', '$$$$')}</script>`,
);
const withPreloads = withBase.replace('<script type="module"', `${preloads}$&`);
writeFileSync(new URL('index.html', target), withPreloads.replaceAll(/^\s+/gm, ''));
