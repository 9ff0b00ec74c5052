import { readdirSync, readFileSync } from 'node:fs';

import { repositoryPath } from './repository-file.ts';

/** A Markdown file that people read. */
export interface Document {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const pages = readdirSync(repositoryPath('docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => !/^(\.vitepress|api)\b/.test(name))
  .map((name) => `docs/${name.replaceAll('\\', '/')}`);

/** The Markdown files of the root folder and of `docs`. */
export const documents: readonly Document[] = [...readdirSync(repositoryPath('.')), ...pages]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(repositoryPath(path), 'utf8') }));
