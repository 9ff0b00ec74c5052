import type { Manifest } from './package-manifests.ts';

/** How a file is run, and which variables exist there without a declaration. */
export interface FileEnvironment {
  /** As Node.js decides it by the file's name and the package's `type`; null if the syntax decides. */
  readonly moduleKind: 'module' | 'commonjs' | null;
  /** Names of sets of variables in the configuration of the built-in rules. */
  readonly environments: readonly string[];
  /** `no`: a Node.js program. `likely`: could run anywhere. `yes`: made for browsers. */
  readonly browser: 'no' | 'likely' | 'yes';
  /** A script of a page, which shares its variables with all other scripts. */
  readonly isScript: boolean;
}

const TEST_PATH =
  /(?:^|\/)(?:__tests__|__mocks__|tests?|specs?|e2e|cypress|playwright)\/|[.-](?:test|spec|e2e|cy)\.\w+$/;
const TEST_CALL = /^\s*(?:describe|suite|test|it|context)(?:\.\w+)*\(\s*['"`]/m;
const MODULE_SYNTAX = /^\s*(?:import\b(?!\s*\()|export\b)/m;
const COMMONJS_SYNTAX = /\brequire\s*\(\s*['"`]|\bmodule\.exports\b|\bexports\.[\w$]+\s*=/;
const NODE_SYNTAX =
  /^#!.*\bnode\b|['"]node:\w|\bprocess\.(?:argv|exit|env|cwd|stdin|stdout|stderr|on)\b|\b__dirname\b/;
const BROWSER_SYNTAX =
  /\b(?:document|window|navigator|localStorage|sessionStorage|customElements)\s*[.[]|\b(?:HTMLElement|XMLHttpRequest|requestAnimationFrame|alert|importScripts)\b|\bself\.|==UserScript==/;
const BROWSER_PATH = /(?:^|\/)(?:public|static|assets|www|client|frontend|browser|web)\/|\.[jt]sx$/;
const ESLINT_ENV = /\/\*\s*eslint-env\s+([\w\s,:/-]+?)\s*\*\//g;

/** The environments of ESLint that the configuration of the built-in rules has. */
const KNOWN_ENVIRONMENTS = new Set([
  'amd',
  'browser',
  'commonjs',
  'embertest',
  'greasemonkey',
  'jasmine',
  'jest',
  'jquery',
  'meteor',
  'mocha',
  'mongo',
  'node',
  'phantomjs',
  'prototypejs',
  'protractor',
  'qunit',
  'serviceworker',
  'shelljs',
  'webextensions',
  'worker',
]);

export function environmentOf(path: string, text: string, manifest: Manifest): FileEnvironment {
  const moduleKind = moduleKindOf(path, manifest);
  const named = [...text.matchAll(ESLINT_ENV)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => KNOWN_ENVIRONMENTS.has(name));
  const isTest = TEST_PATH.test(path) || TEST_CALL.test(text);
  // Compilers provide what only CommonJS has; the tools that read a configuration compile it, too.
  const isCompiled = manifest.isTransformed || /\.[mc]?tsx?$|\.config\.\w+$/.test(path);
  const runs = moduleKind === 'module' && !isCompiled ? 'node-module' : 'node';
  return {
    moduleKind,
    environments: [runs, ...(isTest ? ['test'] : []), ...named],
    browser: browserOf(path, text, manifest),
    isScript: moduleKind !== 'module' && !MODULE_SYNTAX.test(text) && !COMMONJS_SYNTAX.test(text),
  };
}

function moduleKindOf(path: string, manifest: Manifest): FileEnvironment['moduleKind'] {
  if (/\.m[jt]s$/.test(path)) return 'module';
  if (/\.c[jt]s$/.test(path)) return 'commonjs';
  if (!path.endsWith('.js')) return null;
  // Compilers turn modules into CommonJS, whatever the package says.
  return manifest.type === 'commonjs' && manifest.isTransformed ? null : manifest.type;
}

function browserOf(path: string, text: string, manifest: Manifest): FileEnvironment['browser'] {
  if (manifest.isTransformed || BROWSER_PATH.test(path) || BROWSER_SYNTAX.test(text)) return 'yes';
  return COMMONJS_SYNTAX.test(text) || NODE_SYNTAX.test(text) ? 'no' : 'likely';
}
