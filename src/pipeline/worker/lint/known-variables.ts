import { LIMITS } from '../../../monitor/limits.ts';
import { decodeText } from '../files/bounded-read.ts';
import type { Workspace } from '../files/workspace.ts';
import type { FileEnvironment } from './file-environment.ts';
import type { Manifest } from './package-manifests.ts';

const NAME = '[A-Za-z_$][\\w$]*';
const GLOBAL_DIRECTIVE = /\/\*\s*globals?\s([^*]*)\*\//g;
const GLOBAL_PROPERTY = new RegExp(
  `\\b(?:window|globalThis|global)\\.(${NAME})\\s*(?:\\|\\||\\?\\?)?=(?!=)`,
  'g',
);
const DECLARED = new RegExp(`\\b(?:var|let|const|function\\*?|class|namespace|enum)\\s+(${NAME})`, 'g');
const DECLARED_BY_SCRIPT = new RegExp(
  `^(?:async\\s+)?(?:var|let|const|function\\*?|class)\\s+(${NAME})`,
  'gm',
);
/** `VERSION: '"1.2.3"'` of a bundler, and `"angular": "readonly"` of a linter. */
const CONFIGURED = new RegExp(
  `['"]?\\b(?:([A-Z][A-Z0-9_]+)['"]?\\s*:|(${NAME})['"]?\\s*:\\s*(?:true|false|JSON\\.stringify|['"](?:read|writ)[a-z]+['"]))`,
  'g',
);
const IS_MODULE = /^\s*(?:import|export)\b|\brequire\s*\(|\bmodule\.exports\b/m;
/** Files that tell bundlers, linters and test runners which variables they define. */
const CONFIGURATION = /(?:^|\/)[^/]*(?:config|setup|globals?|build|gruntfile|gulpfile)[^/]*$/i;
const OTHER_CONFIGURATIONS = ['.eslintrc', '.eslintrc.json', '.jshintrc', '.oxlintrc.json', 'package.json'];
/** Frameworks that import what a file uses without being asked to. */
const AUTO_IMPORTS = ['nuxt', 'unplugin-auto-import', 'wxt', 'sails'];
const MAX_SEARCHED_FILES = 5000;

/** Engines, what the global object inherits, and libraries that pages load from elsewhere. */
const PROVIDED = new Set(
  (
    'arguments Deno Bun gc hasOwnProperty isPrototypeOf propertyIsEnumerable toString valueOf constructor _ L THREE Chart d3 Vue React ReactDOM axios moment io Swal bootstrap Handlebars Mustache ' +
    'Backbone angular ko Phaser PIXI gsap p5 hljs marked grecaptcha google gtag ga dataLayer FB Stripe paypal'
  ).split(' '),
);

/** Variables of browsers whose names are used for other things. */
const NEVER_MEANT = new Set(
  'name length status find stop closed external menubar toolbar statusbar'.split(' '),
);
const SELDOM_MEANT = new Set([
  ...NEVER_MEANT,
  ...(
    'addEventListener blur close confirm event focus frames history innerHeight innerWidth location moveBy moveTo open ' +
    'opener origin outerHeight outerWidth parent print prompt removeEventListener screen scroll scrollX scrollY self ' +
    'scrollBy scrollTo top'
  ).split(' '),
]);

/** Whether a name that only browsers have can be meant in a file. */
export function isBrowserVariable(name: string, { browser }: FileEnvironment): boolean {
  return browser !== 'no' && !(browser === 'yes' ? NEVER_MEANT : SELDOM_MEANT).has(name);
}

/** Variables that exist although no rule knows them. */
export class KnownVariables {
  readonly #workspace: Workspace;
  #found: Promise<{ everywhere: Set<string>; inScripts: Set<string> }> | null = null;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async has(name: string, text: string, file: { isScript: boolean; manifest: Manifest }): Promise<boolean> {
    if (PROVIDED.has(name) || isPlaceholder(name) || isCheckedOrDeclared(name, text)) return true;
    const { isScript, manifest } = file;
    if (AUTO_IMPORTS.some((framework) => manifest.dependencies.has(framework))) return true;
    if (hasTypesFor(name, manifest)) return true;
    const { everywhere, inScripts } = await (this.#found ??= this.#search());
    return everywhere.has(name) || (isScript && inScripts.has(name));
  }

  async #search() {
    const everywhere = new Set<string>();
    const inScripts = new Set<string>();
    const add = (names: Set<string>, text: string, pattern: RegExp) => {
      for (const [, name, other = ''] of text.matchAll(pattern)) names.add(name ?? other);
    };
    const paths = (await this.#workspace.sourceFiles()).slice(0, MAX_SEARCHED_FILES);
    for (const path of [...paths, ...OTHER_CONFIGURATIONS]) {
      const text = await this.#read(path);
      add(everywhere, text, GLOBAL_PROPERTY);
      if (/\.d\.[cm]?ts$/.test(path) || text.includes('declare global')) add(everywhere, text, DECLARED);
      if (CONFIGURATION.test(path) || OTHER_CONFIGURATIONS.includes(path)) add(everywhere, text, CONFIGURED);
      if (!IS_MODULE.test(text)) add(inScripts, text, DECLARED_BY_SCRIPT);
    }
    return { everywhere, inScripts };
  }

  async #read(path: string): Promise<string> {
    const file = await this.#workspace.readFile(path, LIMITS.source_size.max).catch(() => null);
    return file === null || typeof file === 'string' ? '' : (decodeText(file.bytes) ?? '');
  }
}

/** `__VERSION__` and the like are replaced when a package is built. */
function isPlaceholder(name: string): boolean {
  return name.startsWith('__') && name !== '__dirname' && name !== '__filename';
}

/** Whether the file tests if the variable exists, or a comment declares it. */
function isCheckedOrDeclared(name: string, text: string): boolean {
  const escaped = name.replaceAll('$', '\\$');
  if (new RegExp(`\\btypeof\\s*\\(?\\s*${escaped}(?![\\w$])`).test(text)) return true;
  return [...text.matchAll(GLOBAL_DIRECTIVE)].some(([, names = '']) =>
    names.split(/[\s,]+/).some((declared) => declared.split(':', 1)[0] === name),
  );
}

/** `@types/google.maps` declares `google`. */
function hasTypesFor(name: string, { dependencies }: Manifest): boolean {
  const types = [...dependencies].filter((dependency) => dependency.startsWith('@types/'));
  return types.some((dependency) => dependency.slice(7).split(/\W/).includes(name.toLowerCase()));
}
