import type { SectionName } from '../troubleshooting.ts';

/** `problem`: something does not work. `warning`: it works, but probably not as the user expects. */
export type CheckStatus = 'ok' | 'warning' | 'problem';

/** The result of one check. */
export interface Check {
  /** What was checked. */
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** What the user can do about it. */
  readonly fix?: string;
  /** The section of docs/troubleshooting.md that explains it. */
  readonly section?: SectionName;
}

type Details = Pick<Check, 'fix' | 'section'>;

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message };
}

export function warning(name: string, message: string, details: Details): Check {
  return { name, status: 'warning', message, ...details };
}

export function problem(name: string, message: string, details: Details): Check {
  return { name, status: 'problem', message, ...details };
}
