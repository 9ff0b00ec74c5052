import type { Workspace } from './workspace.ts';

/** The usual names, the most usual first. */
const NAMES = ['changelog', 'changes', 'history', 'releases', 'release-notes', 'release_notes', 'news'];
const CHANGELOG = new RegExp(
  `^(${NAMES.join('|')})(\\.(md|markdown|mdx|txt|rst|adoc|asciidoc|textile))?$`,
  'i',
);
const MAX_ENTRIES = 10_000;
/** Projects move old entries to a second file. */
const MAX_CHANGELOGS = 4;

/** The changelogs in the top folder of the workspace, in the letter case that they have. */
export async function findChangelogs({ folder }: Workspace): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  for await (const { name, kind } of folder.entries()) {
    // It may be a symlink to a file in another folder of the workspace.
    if (kind !== 'folder' && CHANGELOG.test(name)) found.push(name);
    seen += 1;
    if (seen >= MAX_ENTRIES) break;
  }
  return found.toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1)).slice(0, MAX_CHANGELOGS);
}

function rankOf(name: string): number {
  return NAMES.indexOf(name.toLowerCase().split('.')[0] ?? '');
}
