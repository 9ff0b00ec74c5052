/** What the linter would put in place of `[start, end)`; counted without a byte order mark. */
export interface Fix {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Issue {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Null if no rule is broken but the file cannot be parsed. */
  readonly rule: string | null;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: Fix | null;
}

export interface LintReport {
  readonly issues: readonly Issue[];
  readonly isParsable: boolean;
}

/** Lints `text` as if it were the file at `path`; null if the configuration does not cover that file. */
export type Lint = (path: string, text: string) => Promise<LintReport | null>;
