/** A valid value, or the reason for refusing one if it adds to the list of allowed values. */
export type Reading<T> =
  | { readonly isAllowed: true; readonly value: T }
  | {
      readonly isAllowed: false;
      /** Replaces the value in the message. It may repeat parts of the value. */
      readonly reason?: string;
      /** Follows the value in the message. It never repeats the value, which may be secret. */
      readonly remedy?: string;
    };

/** The type of a setting: parses its environment variable and checks a value given in code. */
export interface SettingKind<T> {
  /** Parses the environment variable. */
  readonly fromText: (text: string) => Reading<T>;
  /** Checks a value given in code. */
  readonly check: (value: unknown) => Reading<T>;
  readonly fallback: T;
  /** The allowed values, in words. */
  readonly allowed: string;
}
