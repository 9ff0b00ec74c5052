import { Redactor } from './redactor.ts';
import { compilePatterns } from './secrets/custom-patterns.ts';

/**
 * Creates a redactor with custom patterns.
 *
 * @param patterns - regular expressions in RE2 syntax; if one has groups, the first group is masked
 * @throws ExporterError `invalid_setting` for an invalid pattern
 *
 * @example
 * ```ts
 * import { createRedactor, SessionRegistry } from 'mcp-exporter/hook';
 *
 * const redactor = createRedactor([String.raw`TICKET-(\d+)`]);
 * console.log(redactor.line('see TICKET-4711')); // see TICKET-[redacted]
 * const sessions = new SessionRegistry({ redactor });
 * ```
 */
export function createRedactor(patterns: readonly string[]): Redactor {
  return new Redactor(compilePatterns(patterns));
}
