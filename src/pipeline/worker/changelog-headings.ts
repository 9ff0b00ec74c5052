import semver from 'semver';

// Changelogs are written for people: most are Markdown, and others are AsciiDoc, reStructuredText or plain text. The
// rules below accept the forms of a heading in all of them. They read line by line, so that a hostile file takes
// time proportional to its size.

/** Longer lines are prose. */
const MAX_LINE = 500;

const CODE_FENCE = /^\s*(`{3,}|~{3,})/;
const UNDERLINE = /^\s*(?:=+|([-~^*+"#])\1+)\s*$/;
/** `## x` and `#x` but not `#123`, `== x ==` (AsciiDoc) and `h2. x` (Textile), also in a quote or indented. */
const MARKED_HEADING = /^[\s>]*(?:#{1,6}(?!\d+(?!\.?\d))|={1,6}(?![=>])|h[1-6]\.\s)/;
const HTML_HEADING = /<(?:h[1-6]|summary|dt|caption)\b[^<>]*>/i;
const LINE_START = /^[\s>|]*([-*+•]\s+)?/;
const BOLD = /^(?:\*\*|__|<(?:b|strong)>)/i;
const DATE_BEFORE = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[\s,:–—-]+/;
/** `Version 1.2.3`, `Release: 1.2.3`. */
const LABEL_BEFORE = /^(?:version|ver\.?|v\.?|release|rel\.?)[\s:]+/i;
const NAME_BEFORE = /^[\w@/.-]+\s+(?=v?\d)/;
const DATE_AFTER =
  /^[\s\-–—:,/|([]*(?:$|\d{1,4}[-/.\s]|(?:released|unreleased|yanked|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*[\s.,]))/i;
const REMARK_AFTER = /^\s*[:(["'–—-]/;
const WORDS = /[\w.+@/-]+/g;

interface Wanted {
  /** The forms of the version. */
  readonly versions: readonly string[];
  /** The names of the package, with and without its scope. */
  readonly names: readonly string[];
}

/**
 * Whether a changelog has a heading for `version`, in any form that people use: a Markdown or HTML heading, a line in
 * bold, a list item, or a line that has only the version and a date. Code and comments are left out.
 *
 * @param packageName - may stand before the version, also in a line that is not marked as a heading
 */
export function hasHeadingFor(text: string, version: string, packageName = ''): boolean {
  const release = semver.parse(version)?.version ?? version;
  const wanted: Wanted = {
    // Build metadata does not distinguish releases (semver, section 10), so a heading may leave it out.
    versions: [...new Set([version, release])],
    names: [packageName, packageName.split('/').at(-1) ?? ''].filter(Boolean),
  };
  const lines = proseLines(text);
  return lines.some((line, index) => {
    if (!line.includes(release)) return false;
    return isHeading(line, lines[index - 1] ?? '', lines[index + 1] ?? '')
      ? namesVersion(visibleText(line), wanted)
      : isTitle(line, wanted);
  });
}

/** The lines of a text; those in a code fence or in a comment are empty. */
function proseLines(text: string): string[] {
  let fence: string | null = null;
  let isComment = false;
  let previous = '';
  return text.split(/\r\n|\n|\r/).map((whole) => {
    const line = whole.slice(0, MAX_LINE);
    const marker = CODE_FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (marker?.startsWith(fence)) fence = null;
      return '';
    }
    // Tildes below a text are the underline of a heading in reStructuredText.
    const isUnderline = marker?.startsWith('~') && previous.trim() !== '';
    if (marker !== undefined && !isComment && !isUnderline) {
      fence = marker;
      return (previous = '');
    }
    const { text: prose, isOpen } = withoutComments(line, isComment);
    isComment = isOpen;
    return (previous = prose);
  });
}

function withoutComments(line: string, startsInComment: boolean): { text: string; isOpen: boolean } {
  let text = '';
  let rest = line;
  let isOpen = startsInComment;
  for (;;) {
    const delimiter = isOpen ? '-->' : '<!--';
    const index = rest.indexOf(delimiter);
    if (!isOpen) text += index === -1 ? rest : rest.slice(0, index);
    if (index === -1) return { text, isOpen };
    rest = rest.slice(index + delimiter.length);
    isOpen = !isOpen;
  }
}

function isHeading(line: string, previous: string, next: string): boolean {
  if (MARKED_HEADING.test(line) || HTML_HEADING.test(line)) return true;
  const isInsideTag = HTML_HEADING.test(previous) && !previous.includes('</');
  const isUnderlined = line.trim() !== '' && !line.includes('|') && UNDERLINE.test(next);
  return isInsideTag || isUnderlined;
}

/** Without link targets, tags, emphasis and escapes. */
function visibleText(line: string): string {
  return line
    .replace(/\]\([^()]*\)/g, ']')
    .replace(/\]\[[^[\]]*\]/g, ']')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/[*`]+|__+|~~/g, ' ')
    .replace(/\\(?=[^\w\s])/g, '')
    .replace(/&nbsp;/g, ' ')
    .trim();
}

function namesVersion(text: string, { versions }: Wanted): boolean {
  return (text.match(WORDS) ?? []).some((word) => versions.some((version) => isVersionWord(word, version)));
}

/** `1.2.3`, `v1.2.3`, `pkg@1.2.3`, `@scope/pkg@1.2.3`, `pkg-v1.2.3` and `release/1.2.3`, but not `2.0.0-1.2.3`. */
function isVersionWord(word: string, version: string): boolean {
  const trimmed = word.replace(/[.@/-]+$/, '');
  if (!trimmed.endsWith(version)) return false;
  const before = trimmed.slice(0, -version.length);
  return /^(?:.*[@/_-])?(?:v\.?|ver\.?|version|rel|release)?$/i.test(before) && !/\d\.\d+\.\d/.test(before);
}

/** Whether a line that is not marked as a heading is the title of a section. */
function isTitle(line: string, { versions, names }: Wanted): boolean {
  const [start, listMarker] = LINE_START.exec(line) ?? [''];
  const content = line.slice(start.length);
  const isBold = BOLD.test(content);
  let text = visibleText(content).replace(DATE_BEFORE, '');
  const ownName = names.find((name) => text.startsWith(`${name} `));
  if (ownName !== undefined) text = text.slice(ownName.length + 1);
  // A list may be one of dependencies.
  else if (isBold && listMarker === undefined) text = text.replace(NAME_BEFORE, '');
  text = text.replace(LABEL_BEFORE, '').replace(/^[[(]+/, '');

  const word = /^[\w.+@/-]+/.exec(text)?.[0] ?? '';
  const rest = text.slice(word.length).replace(/^[\])]+/, '');
  const isVersion = versions.some((version) => isVersionWord(ownVersion(word, names), version));
  if (!isVersion) return false;
  return DATE_AFTER.test(rest) || ((isBold || listMarker !== undefined) && REMARK_AFTER.test(rest));
}

/** `1.2.3` of `pkg@1.2.3` if that is the package; the versions of other packages stay as they are. */
function ownVersion(word: string, names: readonly string[]): string {
  const name = names.find((own) => word.startsWith(`${own}@`) || word.startsWith(`${own}-`));
  if (name !== undefined) return word.slice(name.length + 1);
  return /^v?\d/i.test(word) ? word : '';
}
