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
  readonly isUnreadable?: boolean;
}

/** The report of a file or a folder that cannot be read. */
export function unreadableReport(reason: string): LintReport {
  const message = `cannot be read: ${reason}`;
  const issue: Issue = { line: 1, column: 1, rule: null, severity: 'error', message, fix: null };
  return { issues: [issue], isParsable: false, isUnreadable: true };
}

/** Lints `text` as the file at `path`. Returns null if the configuration does not cover that file. */
export type Lint = (path: string, text: string) => Promise<LintReport | null>;
