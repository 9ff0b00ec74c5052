/** One bound on what a client, a server, a reporter or a workspace can make the exporter hold, send or do. */
export interface Limit {
  readonly max: number;
  readonly unit: string;
  /** What is bounded. */
  readonly description: string;
  /** What happens to the rest. */
  readonly beyond: string;
}

/**
 * Every bound, in one place. Each use past a bound is counted in `mcp_exporter_limit_reached_total`; docs/limits.md is
 * generated from here.
 */
export const LIMITS = {
  name_length: {
    max: 256,
    unit: 'characters',
    description:
      'Length of a name or id from the network that is kept: tools, prompts, operations, sessions, servers',
    beyond: 'cut, with a digest of the whole name at the end',
  },
  log_buffer: {
    max: 256 * 1024,
    unit: 'bytes',
    description: 'Log lines that wait for a stderr that is full or not read',
    beyond: 'dropped and counted; a line says how many once stderr accepts data again',
  },
  log_rate: {
    max: 50,
    unit: 'lines per second',
    description: 'Log lines written, after a burst of 200',
    beyond: 'dropped and counted',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** Called each time something was cut, refused or dropped because a limit was reached. */
export type OnLimit = (limit: LimitName, count?: number) => void;
