import { describe, expect, it } from 'vitest';

import { hasHeadingFor } from '../../../../src/pipeline/worker/changelog-headings.ts';

const FOUND: Record<string, string> = {
  'an underlined heading': '1.2.3 / 2024-01-01\n==================\n\n- a\n',
  'an underlined heading of the second level': 'Changelog\n=========\n\nv1.2.3 (2024-01-01)\n---\n',
  'a heading underlined by one sign': '1.2.3\n=\n',
  'an underlined heading of reStructuredText': 'Version 1.2.3\n~~~~~~~~~~~~~\n\n* a\n',
  'Keep a Changelog': '## [1.2.3] - 2024-01-01\n',
  'a linked version': '## [1.2.3](https://x/compare/v1.2.2...v1.2.3) (2024-01-01)\n',
  'a version linked by reference': '## [1.2.3][v1.2.3]\n',
  'small print': '## <small>1.2.3 (2024-01-01)</small>\n',
  'a scoped package': '## @scope/pkg@1.2.3\n',
  'a package and its tag': '## my-pkg-v1.2.3 (2024-01-01)\n',
  'a package and its version': '## my-pkg-1.2.3\n',
  'a name and a version': '## pkg v1.2.3\n',
  'a branch': '## release/1.2.3\n',
  'line ends of Windows': '# Changelog\r\n\r\n## [1.2.3] - 2024-01-01\r\n',
  'line ends of old Macs': '# Changelog\r\r## 1.2.3\r',
  'a byte order mark': '\uFEFF## 1.2.3\n',
  'an indented heading': '  ## 1.2.3\n',
  'a heading indented by a tab': '\t## 1.2.3\n',
  'a heading in a quote': '> ## 1.2.3\n',
  'a heading in a tag': '<h2>1.2.3</h2>\n',
  'a heading in a tag with attributes': '<h3 id="v123"><a href="#v123">v1.2.3</a></h3>\n',
  'a heading in a tag over several lines': '<h2>\n  1.2.3\n</h2>\n',
  'a summary': '<details><summary>v1.2.3</summary>\n',
  'a line in bold': '**1.2.3** (2024-01-01)\n',
  'a line in bold with underscores': '__v1.2.3__\n',
  'a line in bold with a name': '**pkg v1.2.3**\n',
  'a line in a bold tag': '<p><strong>1.2.3</strong></p>\n',
  'a bold link': '**[1.2.3](https://x/v1.2.3)**\n',
  'a list item': '* 1.2.3\n  * a\n',
  'a list item with a date': '- v1.2.3 (2024-01-01)\n',
  'a list item in bold with a remark': '- **1.2.3**: fixed a bug\n',
  AsciiDoc: '== 1.2.3\n',
  'AsciiDoc, closed': '=== 1.2.3 ===\n',
  Textile: 'h2. 1.2.3\n',
  'a heading without a space': '#1.2.3\n',
  'a heading without a space, in brackets': '##[1.2.3]\n',
  'a version with a label': '## Version 1.2.3\n',
  'a version after its date': '## 2024-01-01, Version 1.2.3 (LTS)\n',
  'a version in backticks': '## `1.2.3`\n',
  'a version in escaped brackets': '## \\[1.2.3\\]\n',
  'a version behind an emoji': '## 🎉 1.2.3\n',
  'an anchor before the heading': '<a name="1.2.3"></a>\n## 1.2.3 (2024-01-01)\n',
  'an anchor in the heading': '## <a name="v1.2.3"></a>1.2.3\n',
  'a colon after the version': '## 1.2.3:\n',
  'a line of plain text': '1.2.3 / 2024-01-01\n\n  * a\n',
  'a line of plain text with a label': 'Version 1.2.3 - January 1, 2024\n',
  'a line of plain text after a date': '2024-01-01  v1.2.3\n\n  * a\n',
  YAML: 'v1.2.3:\n  date: 2024-01-01\n',
  'a row of a table': '| version | date |\n|---|---|\n| 1.2.3 | 2024-01-01 |\n',
  'a heading after a fence': '```\ncode\n```\n## 1.2.3\n',
  'a heading after a comment': '<!-- newest\nfirst -->\n## 1.2.3\n',
};

const NOT_FOUND: Record<string, string> = {
  'no entry': '## [Unreleased]\n\n## [1.2.2]\n',
  'a longer patch version': '## 1.2.30\n',
  'a longer major version': '## 11.2.3\n',
  'a prerelease': '## 1.2.3-rc.1\n',
  'another version with the number as its prerelease': '## 2.0.0-1.2.3\n',
  'another build': '## 1.2.3+4\n',
  'four numbers': '## 1.2.3.4\n',
  'a word that ends in the version': '## x1.2.3\n',
  'a sentence': 'text 1.2.3\n',
  'a sentence that starts with the version': '1.2.3 is broken, and 1.2.4 is not.\n',
  'a wrapped sentence': 'Fixes the bugs of\n1.2.3, which nobody should use.\n',
  'an updated dependency': '## 1.2.2\n\n- Updated dependencies\n  - lodash@1.2.3\n  - @scope/other@1.2.3\n',
  'an updated dependency in bold': '- **lodash 1.2.3**: fixes a bug\n',
  'a sentence in a list': '- Upgrade lodash to 1.2.3\n',
  'an issue': '#123 happens since 1.2.3\n',
  'a heading in a fence': '```md\n## 1.2.3\n```\n',
  'a heading in a fence of tildes': '\n~~~~\n## 1.2.3\n~~~\n',
  'a heading in a longer fence': '````\n```\n## 1.2.3\n````\n',
  'a heading in a comment': '<!--\n## 1.2.3\n-->\n## 1.2.2\n',
  'a link target': '## [1.2.2](https://x/releases/v1.2.3)\n',
  'a link reference': '## 1.2.2\n\n[1.2.3]: https://x/v1.2.3\n',
  'nothing at all': '',
};

describe('a changelog', () => {
  it.each(Object.entries(FOUND))('has an entry in the form of %s', (_, text) => {
    expect(hasHeadingFor(text, '1.2.3')).toBe(true);
    expect(hasHeadingFor(text, '1.2.2')).toBe(false);
    expect(hasHeadingFor(text.replaceAll('1.2.3', '1.2.3-beta.1'), '1.2.3-beta.1')).toBe(true);
    expect(hasHeadingFor(text.replaceAll('1.2.3', '1.2.3-beta.1'), '1.2.3')).toBe(false);
  });

  it.each(Object.entries(NOT_FOUND))('has no entry with only %s', (_, text) => {
    expect(hasHeadingFor(text, '1.2.3')).toBe(false);
  });

  it.each(['pkg 1.2.3\n', 'pkg@1.2.3 (2024-01-01)\n', '- @scope/pkg@1.2.3\n', '* pkg-v1.2.3: a\n'])(
    'may name its own package in the line %j',
    (line) => {
      expect(hasHeadingFor(line, '1.2.3', '@scope/pkg')).toBe(true);
      expect(hasHeadingFor(line, '1.2.3', 'other')).toBe(false);
    },
  );

  it.each([
    ['1.2.3+build.5', '## 1.2.3+build.5', true],
    ['1.2.3+build.5', '## 1.2.3', true],
    ['1.2.3+build.5', '## 1.2.3+build.6', false],
    ['1.2.3-rc.1+b', '**1.2.3-rc.1+b**', true],
  ])('for %s has the entry %s: %s', (version, text, isFound) => {
    expect(hasHeadingFor(text, version)).toBe(isFound);
  });

  // A slow rule would exceed the time limit of the tests.
  it.each(['<h1', '<!--', '](', '`', '[', '\n=', '> ', '\n', '<h1 ](1.2.3x', '# ](1.2.3x'])(
    'of half a million characters of %j is read in time',
    (piece) => {
      const line = piece.repeat(500 / piece.length);
      expect(hasHeadingFor(piece.repeat(500_000 / piece.length), '1.2.3')).toBe(false);
      expect(hasHeadingFor(`${line}\n`.repeat(1000), '1.2.3')).toBe(false);
    },
  );
});
