// Patterns that the user supplies. RE2 matches them in time proportional to the text, whatever the pattern is.
import { createRequire } from 'node:module';

import type * as Re2 from 're2js';

import { errorMessage, ExporterError } from '../../errors.ts';
import { REDACTED } from './marks.ts';

type Pattern = ReturnType<typeof Re2.RE2JS.compile>;

/** How many patterns may be given. */
const MAX_PATTERNS = 50;
/** How long one may be, in characters. */
const MAX_PATTERN_LENGTH = 500;
/** How many instructions one may take: each of them can look at each character of a text. */
const MAX_PROGRAM_SIZE = 2000;
const MARK = REDACTED;
const MAX_ROUNDS = 4;

export const ALLOWED_PATTERNS = `up to ${MAX_PATTERNS} regular expressions of up to ${MAX_PATTERN_LENGTH} characters, in RE2 syntax`;

/**
 * A function that masks every match of `sources`: the first group of a match if the pattern has groups, else all of it.
 *
 * @returns undefined if there are no patterns
 * @throws ExporterError `invalid_setting` for a pattern that is too long, is not valid in RE2, or matches an empty text
 */
export function compilePatterns(sources: readonly string[]): ((text: string) => string) | undefined {
  const problem = patternProblem(sources);
  if (problem !== null) {
    throw new ExporterError(
      'invalid_setting',
      `redaction patterns: expected ${ALLOWED_PATTERNS}, got ${problem}`,
    );
  }
  if (sources.length === 0) return undefined;
  const engine = loadEngine();
  const patterns = sources.map((source) => engine.compile(source));
  return (text) => maskMatches(text, patterns);
}

/** Why patterns cannot be used: the pattern, and the reason. Null if they can. */
export function patternProblem(sources: readonly string[]): string | null {
  if (sources.length > MAX_PATTERNS) return `${sources.length} patterns`;
  for (const source of sources) {
    const problem = problemOf(source);
    if (problem !== null) return `${JSON.stringify(source.slice(0, 100))} (${problem})`;
  }
  return null;
}

function problemOf(source: string): string | null {
  if (source.length > MAX_PATTERN_LENGTH) return `${source.length} characters`;
  try {
    const pattern = loadEngine().compile(source);
    if (pattern.matcher('').find()) return 'it matches an empty text';
    return pattern.programSize() > MAX_PROGRAM_SIZE ? 'it is too complex' : null;
  } catch (error) {
    return errorMessage(error).replace(/^error parsing regexp: /, '');
  }
}

/** The engine takes 20 ms to load, and few exporters need it. */
function loadEngine(): typeof Re2.RE2JS {
  return (createRequire(import.meta.url)('re2js') as typeof Re2).RE2JS;
}

/** A mark may look like a secret to a pattern. So the marks stay, and the text between them is searched. */
function maskMatches(text: string, patterns: readonly Pattern[]): string {
  let masked = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = masked;
    for (const pattern of patterns) {
      masked = masked
        .split(MARK)
        .map((part) => (part === '' ? part : maskPart(part, pattern)))
        .join(MARK);
    }
    if (masked === before) break;
  }
  return masked;
}

function maskPart(text: string, pattern: Pattern): string {
  const matcher = pattern.matcher(text);
  const group = pattern.groupCount() > 0 ? 1 : 0;
  let masked = '';
  let end = 0;
  while (matcher.find()) {
    const start = matcher.start(group);
    // A group that took no part in the match, or matched nothing.
    if (start < end || matcher.end(group) <= start) continue;
    masked += text.slice(end, start) + MARK;
    end = matcher.end(group);
  }
  return end === 0 ? text : masked + text.slice(end);
}
