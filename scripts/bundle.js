// Bundles the package's programs and libraries into shared files, so that each loads only the modules that it needs.
// Development dependencies become part of the bundle, and their licenses are written beside it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

import { helpTexts } from '../src/commands/usage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const target = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The entry points in package.json. */
const LIBRARIES = Object.values(manifest.exports).flatMap(({ types }) =>
  types === undefined ? [] : [basename(types, '.d.ts')],
);
const ENTRIES = ['cli', ...LIBRARIES, 'pipeline/worker/main'];
const COPIED = ['pipeline/worker/lint/default-rules.json'];

const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const isInstalled = (id) =>
  isBuiltin(id) || installed.some((name) => id === name || id.startsWith(`${name}/`));

const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((name) => [name, join(source, `${name}.ts`)])),
  platform: 'node',
  external: isInstalled,
  plugins: [
    {
      name: 'usage',
      // `--help` starts faster if the build writes its text than if each run derives it from the settings.
      load: {
        filter: { id: /[\\/]commands[\\/]usage\.ts$/ },
        handler: () =>
          `const TEXTS = ${JSON.stringify(helpTexts())}; export const usage = (topic) => TEXTS[topic];`,
      },
    },
  ],
  // The bundler cannot see the imports of a UMD module.
  resolve: { mainFields: ['module', 'main'] },
});
const { output } = await bundle.write({
  dir: target,
  format: 'esm',
  // All in one folder, because they find the package's other files from there.
  chunkFileNames: '[name]-[hash].js',
  // Modules that are needed together share one file, because each file takes time to find and to open.
  codeSplitting: {
    groups: [{ name: 'proxy', test: /[\\/]commands[\\/]proxy\.ts$/ }],
  },
  comments: { legal: false, jsdoc: false, annotation: false },
});

const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
writeFileSync(join(target, 'third-party-licenses.txt'), licensesOf(modules));
for (const file of COPIED) {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  copyFileSync(join(source, file), join(target, file));
}
const published = LIBRARIES.map((name) => `${name}.d.ts`);
const kept = [
  ...output.map(({ fileName }) => fileName),
  ...COPIED,
  ...typesFrom(published),
  'third-party-licenses.txt',
];
removeOthers(new Set(kept));

/** The license texts of the packages that contain the modules. */
function licensesOf(moduleIds) {
  const folders = new Set(
    moduleIds.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
  );
  const notices = [...folders]
    .toSorted((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const files = readdirSync(folder).filter((file) =>
        /^(licen[cs]e|notice)(-mit)?(\.(md|txt))?$/i.test(file),
      );
      if (files.length === 0) throw new Error(`${name}: expected a file with its license`);
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
    });
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

/** The declaration files with their imports. They must not import a bundled package, whose types users do not have. */
function typesFrom(files, found = new Set()) {
  for (const file of files) {
    if (found.has(file)) continue;
    found.add(file);
    // Ignores the imports in the examples of comments.
    const code = readFileSync(join(target, file), 'utf8').replaceAll(/^\s*\*.*$/gm, '');
    for (const [, id] of code.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      if (id.startsWith('.')) typesFrom([join(dirname(file), id.replace(/\.[jt]s$/, '.d.ts'))], found);
      else if (!isInstalled(id))
        throw new Error(`${file}: published types import ${id}, no dependency of the package`);
    }
  }
  return found;
}

/** Removes files of earlier builds, and declarations that are not published. Keeps the live page. */
function removeOthers(names) {
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name).slice(target.length + 1);
    if (entry.isFile() && !file.startsWith('feed/page/') && !names.has(file)) rmSync(join(target, file));
  }
}
