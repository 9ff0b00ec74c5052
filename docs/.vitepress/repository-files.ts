// Pages link to files that are not pages, such as rules and examples. The site contains a copy of each linked file.
import { cpSync, existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { MarkdownRenderer } from 'vitepress';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs', '/');
const FOLDER = 'files';

const linked = new Set<string>();

/** Makes links to other files lead to the site's copies. */
export function linkRepositoryFiles(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('repository-files', ({ tokens, env }) => {
    const { path } = env as { path: string };
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? (token.attrGet('href') ?? '') : '';
      const [target = ''] = href.split('#');
      if (target === '' || /^([a-z]+:|\/)/.test(target)) continue;
      const file = resolve(path, '..', decodeURI(target));
      if (file.startsWith(docs) && file.endsWith('.md')) continue;
      if (!existsSync(file))
        throw new Error(`${relative(root, path)}: expected a file, got a link to ${href}`);
      const name = relative(root, file);
      linked.add(name);
      token.attrSet('href', `/${FOLDER}/${name}`);
      // VitePress takes links without a target for pages.
      token.attrSet('target', '_self');
    }
  });
}

/** Copies the files that pages link to into the built site. */
export function copyLinkedFiles(outDir: string): void {
  for (const name of linked) cpSync(join(root, name), join(outDir, FOLDER, name), { recursive: true });
}
