/** A line of the answer to "Is anything wrong?". */
export interface Problem {
  readonly text: string;
  readonly href: string;
  readonly isBad: boolean;
}

/** The text after the name of its server, if it has one. */
export function nameWith(server: string | null, text: string): string {
  return server === null ? text : `${server}: ${text}`;
}
