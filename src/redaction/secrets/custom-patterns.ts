// The user's own patterns. RE2 guarantees linear time for every pattern.
import { createRequire } from 'node:module';

import type * as Re2 from 're2js';

import { errorMessage, ExporterError } from '../../errors.ts';
import { REDACTED } from './marks.ts';

type Pattern = ReturnType<typeof Re2.RE2JS.compile>;

/** Maximum number of patterns. */
const MAX_PATTERNS = 50;
/** Maximum length of a pattern, in characters. */
const MAX_PATTERN_LENGTH = 500;
/** Maximum number of RE2 instructions of a pattern, because each may run for each character of a text. */
const MAX_PROGRAM_SIZE = 2000;
const MARK = REDACTED;
const MAX_ROUNDS = 4;

export const ALLOWED_PATTERNS = `up to ${MAX_PATTERNS} regular expressions of up to ${MAX_PATTERN_LENGTH} characters, in RE2 syntax`;

/**
 * Creates a function that masks every match of `sources`. If a pattern has groups, only its first group is masked.
 *
 * @returns undefined if there are no patterns
 * @throws ExporterError `invalid_setting` for a pattern that is too long, is invalid in RE2, or matches an empty text
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

/** The first invalid pattern with the reason; null if all are valid. */
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

/** Loads the engine on demand, because loading takes 20 ms and few users have custom patterns. */
function loadEngine(): typeof Re2.RE2JS {
  return (createRequire(import.meta.url)('re2js') as typeof Re2).RE2JS;
}

/** Searches only the text between marks, because a pattern may match a mark. */
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
    // The group did not participate in the match, or is empty.
    if (start < end || matcher.end(group) <= start) continue;
    masked += text.slice(end, start) + MARK;
    end = matcher.end(group);
  }
  return end === 0 ? text : masked + text.slice(end);
}
