import { posix } from 'node:path';

import { z } from 'zod';

import { withoutByteOrderMark } from '../../../byte-order-mark.ts';
import { LIMITS } from '../../../monitor/limits.ts';
import { decodeText } from '../files/bounded-read.ts';
import type { Workspace } from '../files/workspace.ts';

export interface Manifest {
  readonly type: 'module' | 'commonjs' | null;
  /** The names of all packages that it asks for, also for development. */
  readonly dependencies: ReadonlySet<string>;
  /** Whether its sources are made for browsers, or are transformed before they run. */
  readonly isTransformed: boolean;
}

const NO_MANIFEST: Manifest = { type: null, dependencies: new Set(), isTransformed: false };

const ranges = z.record(z.string(), z.unknown()).catch({});
const schema = z.object({
  type: z.enum(['module', 'commonjs']).nullable().catch(null).default(null),
  browser: z.unknown().optional(),
  browserslist: z.unknown().optional(),
  dependencies: ranges.default({}),
  devDependencies: ranges.default({}),
  peerDependencies: ranges.default({}),
});

/** Bundlers, compilers and frameworks: what they do to a file is decided by their own configuration. */
const TRANSFORMERS =
  /^(?:@babel\/.+|babel-.+|@swc\/.+|@parcel\/.+|@angular\/.+|@remix-run\/.+|@sveltejs\/.+|@vue\/.+|@storybook\/.+|webpack|vite|parcel|rollup|esbuild|browserify|rspack|@rspack\/.+|tsx|ts-node|esm|typescript|react|react-dom|react-native|react-scripts|preact|vue|svelte|solid-js|lit|jquery|angular|backbone|ember-source|next|nuxt|gatsby|astro|electron|expo)$/;

/** The package.json files that Node.js would read for the files of a workspace. */
export class PackageManifests {
  readonly #workspace: Workspace;
  readonly #byFolder = new Map<string, Promise<Manifest | null>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The manifest of the nearest folder that has one. Folders above the workspace are not read. */
  async nearest(path: string): Promise<Manifest> {
    let folder = posix.dirname(path);
    for (;;) {
      const manifest = await this.#manifestIn(folder);
      if (manifest) return manifest;
      if (folder === '.') return NO_MANIFEST;
      folder = posix.dirname(folder);
    }
  }

  #manifestIn(folder: string): Promise<Manifest | null> {
    const known = this.#byFolder.get(folder);
    if (known) return known;
    const manifest = this.#read(posix.join(folder, 'package.json'));
    this.#byFolder.set(folder, manifest);
    return manifest;
  }

  async #read(path: string): Promise<Manifest | null> {
    try {
      const file = await this.#workspace.readFile(path, LIMITS.manifest_size.max);
      if (file === null || typeof file === 'string') return null;
      return parseManifest(JSON.parse(withoutByteOrderMark(decodeText(file.bytes) ?? '')));
    } catch {
      // Not JSON, or a symlink that leads outside: the version checks report it.
      return null;
    }
  }
}

function parseManifest(json: unknown): Manifest | null {
  const { data } = schema.safeParse(json);
  if (!data) return null;
  const { type, browser, browserslist, dependencies, devDependencies, peerDependencies } = data;
  const names = new Set([dependencies, devDependencies, peerDependencies].flatMap((of) => Object.keys(of)));
  const isForBrowsers = browser !== undefined || browserslist !== undefined;
  return {
    type,
    dependencies: names,
    isTransformed: isForBrowsers || [...names].some((name) => TRANSFORMERS.test(name)),
  };
}
