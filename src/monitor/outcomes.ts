interface OutcomeDefinition {
  /** What happened, as the README and the dashboards explain it. */
  readonly meaning: string;
  /**
   * What it is in success rates, error rates and error budgets. An `attempt` is neither a success nor an error, but is
   * among the operations that the rate is a share of. `nothing` is left out of every ratio.
   */
  readonly countsAs: 'success' | 'error' | 'attempt' | 'nothing';
  /** Its symbol on the page, for people who cannot tell colors apart. The page's colors are in colours.css. */
  readonly sign: string;
  /** Its color on the dashboards. */
  readonly color: string;
  /** The `error_type` of requests that end this way; null for the one that has all other values. */
  readonly errorType: string | null;
  /** The name of its count in summaries. */
  readonly countName: `${string}Count`;
}

const table = {
  completed: {
    meaning: 'it succeeded',
    countsAs: 'success',
    sign: '✓',
    color: '#3A87C8',
    errorType: '',
    countName: 'successCount',
  },
  failed: {
    meaning: 'it ended with an error, or without an answer',
    countsAs: 'error',
    sign: '✕',
    color: '#D55E00',
    errorType: null,
    countName: 'failureCount',
  },
  cancelled: {
    meaning: 'the client did not want the answer any more',
    countsAs: 'attempt',
    sign: '⊘',
    color: '#8E8E8E',
    errorType: 'cancelled',
    countName: 'cancelledCount',
  },
} as const satisfies Record<string, OutcomeDefinition>;

/** How an operation ended. */
export type OperationOutcome = keyof typeof table;

/** The names of all outcomes' counts in summaries. */
export type OutcomeCountName = (typeof table)[OperationOutcome]['countName'];

/**
 * Every way in which an operation can end. Types, event kinds, label values, counts, filters, the page, the dashboards
 * and the README are derived from this table. It imports nothing, so that the page's bundle and the dashboards can
 * import it.
 */
export const OUTCOMES: Readonly<Record<OperationOutcome, OutcomeDefinition>> = table;

export const OUTCOME_NAMES = Object.keys(table) as readonly OperationOutcome[];

export function isOutcome(text: string | null | undefined): text is OperationOutcome {
  return typeof text === 'string' && Object.hasOwn(table, text);
}

/** A value for each outcome. */
export function mapOutcomes<T>(valueOf: (outcome: OperationOutcome) => T): Record<OperationOutcome, T> {
  const entries = OUTCOME_NAMES.map((outcome) => [outcome, valueOf(outcome)]);
  return Object.fromEntries(entries) as Record<OperationOutcome, T>;
}

/** An outcome as a heading: `Completed`. */
export function titleOf(outcome: OperationOutcome): string {
  return outcome.charAt(0).toUpperCase() + outcome.slice(1);
}

export function isSuccess(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs === 'success';
}

export function isError(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs === 'error';
}

/** Whether rates are shares of such operations, among others. */
export function isRated(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs !== 'nothing';
}

/** How a request with this `error_type` ended. */
export function outcomeOfErrorType(errorType: string): OperationOutcome {
  return OUTCOME_NAMES.find((outcome) => OUTCOMES[outcome].errorType === errorType) ?? 'failed';
}
