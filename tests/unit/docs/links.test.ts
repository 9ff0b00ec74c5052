import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, test } from 'vitest';

import { anchorOf } from '../../../scripts/docs/anchors.ts';
import { documents } from '../../support/documents.ts';
import { repositoryPath } from '../../support/repository-file.ts';

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => void tokens.push(token));
  return tokens;
}

/** The anchors of a page; a heading that occurs again gets a number. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const token of tokensOf(text)) {
    if (token.type !== 'heading') continue;
    const anchor = anchorOf(token['text'].replaceAll(/[`*]/g, ''));
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

const anchors = new Map(documents.map(({ path, text }) => [path, anchorsOf(text)]));

/** What is wrong with a link of the page at `path`; null for a link that works, or leads to another site. */
function problemOf(path: string, href: string): string | null {
  if (/^[a-z]+:/.test(href)) return null;
  const [target = '', anchor] = href.split('#');
  const file = target === '' ? path : posix.join(posix.dirname(path), decodeURI(target));
  if (!existsSync(repositoryPath(file))) return `${href}: no such file`;
  if (anchor === undefined || anchors.get(file)?.has(anchor)) return null;
  return `${href}: no such heading`;
}

test('a missing file and a missing heading are problems', () => {
  expect(problemOf('docs/metrics.md', 'nowhere.md')).toBe('nowhere.md: no such file');
  expect(problemOf('README.md', 'docs/metrics.md#nowhere')).toBe('docs/metrics.md#nowhere: no such heading');
  expect(problemOf('docs/metrics.md', 'settings.md#monitoring_ws_host')).toBeNull();
  expect(problemOf('docs/metrics.md', '#outcomes')).toBeNull();
});

describe.each(documents)('$path', ({ path, text }) => {
  test('every link and picture leads to a file and heading that exist', () => {
    const links = tokensOf(text).filter(({ type }) => type === 'link' || type === 'image');
    const hrefs = (links as Tokens.Link[]).map(({ href }) => href);
    expect(hrefs.flatMap((href) => problemOf(path, href) ?? [])).toEqual([]);
  });
});
