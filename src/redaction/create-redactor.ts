import { Redactor } from './redactor.ts';
import { compilePatterns } from './secrets/custom-patterns.ts';

/**
 * A redactor that also knows secrets of the user's own.
 *
 * @param patterns - regular expressions in RE2 syntax; if one has groups, the first group is masked
 * @throws ExporterError `invalid_setting` for a pattern that cannot be used
 */
export function createRedactor(patterns: readonly string[]): Redactor {
  return new Redactor(compilePatterns(patterns));
}
