import type { Lint } from '../../contract/issue.ts';

export interface Linter {
  /** Whose rules are used. */
  readonly kind: 'built_in' | 'workspace';
  /** What the caller should know about the choice. */
  readonly notices: readonly string[];
  /** @throws ExporterError `linter_failed` */
  readonly lint: Lint;
  close(): void;
}
