import type { Lint } from '../../contract/issue.ts';

export interface Linter {
  /** The source of the rules. */
  readonly kind: 'built_in' | 'workspace';
  /** Notes for the caller about the choice of the linter. */
  readonly notices: readonly string[];
  /** @throws ExporterError `linter_failed` */
  readonly lint: Lint;
  close(): void;
}
