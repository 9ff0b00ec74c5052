/** A replacement for the text from `start` to before `end`, in offsets that do not count a byte order mark. */
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
  /** Null if the file cannot be parsed. */
  readonly rule: string | null;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: Fix | null;
}

export interface LintReport {
  readonly issues: readonly Issue[];
  readonly isParsable: boolean;
}

/** Lints `text` as the file at `path`. Returns null if the configuration does not cover that file. */
export type Lint = (path: string, text: string) => Promise<LintReport | null>;
