import { Redactor } from './redactor.ts';
import { compilePatterns } from './secrets/custom-patterns.ts';

/**
 * Creates a redactor with custom patterns.
 *
 * @param patterns - regular expressions in RE2 syntax; if one has groups, the first group is masked
 * @throws ExporterError `invalid_setting` for an invalid pattern
 */
export function createRedactor(patterns: readonly string[]): Redactor {
  return new Redactor(compilePatterns(patterns));
}
