/** A value that is allowed, or why it is not if that says more than the allowed values do. */
export type Reading<T> =
  { readonly isAllowed: true; readonly value: T } | { readonly isAllowed: false; readonly reason?: string };

/** What a setting may be: how its environment variable is read, and how a value given in code is checked. */
export interface SettingKind<T> {
  /** Reads the text of the environment variable. */
  readonly fromText: (text: string) => Reading<T>;
  /** Checks a value that a program gives. */
  readonly check: (value: unknown) => Reading<T>;
  readonly fallback: T;
  /** The allowed values, in words. */
  readonly allowed: string;
}
