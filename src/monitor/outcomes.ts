interface OutcomeDefinition {
  /** The explanation in the documentation and on the dashboards. */
  readonly meaning: string;
  /**
   * Its role in success rates, error rates and error budgets. `nothing` is left out of every ratio.
   */
  readonly countsAs: 'success' | 'error' | 'nothing';
  /** Its symbol on the page, for people who cannot distinguish the colors. The page's colors are in colours.css. */
  readonly sign: string;
  /** Its color on the dashboards. */
  readonly color: string;
  /** The `error_type` of requests with this outcome; null for the outcome with all other values. */
  readonly errorType: string | null;
  /** The field with its count in summaries. */
  readonly countName: `${string}Count`;
}

const table = {
  completed: {
    meaning: 'the operation succeeded',
    countsAs: 'success',
    sign: '✓',
    color: '#3A87C8',
    errorType: '',
    countName: 'successCount',
  },
  failed: {
    meaning: 'the operation ended with an error or without a response',
    countsAs: 'error',
    sign: '✕',
    color: '#D55E00',
    errorType: null,
    countName: 'failureCount',
  },
  cancelled: {
    meaning: 'the client gave up on the response',
    countsAs: 'nothing',
    sign: '⊘',
    color: '#8E8E8E',
    errorType: 'cancelled',
    countName: 'cancelledCount',
  },
  unobserved: {
    meaning: 'the exporter could not read the response, so the outcome is unknown',
    countsAs: 'nothing',
    sign: '?',
    color: '#A05EB5',
    errorType: 'unobserved',
    countName: 'unobservedCount',
  },
} as const satisfies Record<string, OutcomeDefinition>;

/**
 * The outcome of an ended operation.
 *
 * @see {@link RealtimeMonitor} for an example
 */
export type OperationOutcome = keyof typeof table;

/** The fields with the outcomes' counts in summaries. */
export type OutcomeCountName = (typeof table)[OperationOutcome]['countName'];

/**
 * All outcomes. Types, event kinds, label values, counts, filters, the page, the dashboards and the documentation are
 * derived from this table. This file has no imports, so that the page's bundle and the dashboards can import it.
 */
export const OUTCOMES: Readonly<Record<OperationOutcome, OutcomeDefinition>> = table;

export const OUTCOME_NAMES = Object.keys(table) as readonly OperationOutcome[];

export function isOutcome(text: string | null | undefined): text is OperationOutcome {
  return typeof text === 'string' && Object.hasOwn(table, text);
}

/** Builds a record with a value for each outcome. */
export function mapOutcomes<T>(valueOf: (outcome: OperationOutcome) => T): Record<OperationOutcome, T> {
  const entries = OUTCOME_NAMES.map((outcome) => [outcome, valueOf(outcome)]);
  return Object.fromEntries(entries) as Record<OperationOutcome, T>;
}

/** The outcome as a heading, such as `Completed`. */
export function titleOf(outcome: OperationOutcome): string {
  return outcome.charAt(0).toUpperCase() + outcome.slice(1);
}

export function isSuccess(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs === 'success';
}

export function isError(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs === 'error';
}

/** Whether the outcome counts in the denominator of rates. */
export function isRated(outcome: OperationOutcome): boolean {
  return OUTCOMES[outcome].countsAs !== 'nothing';
}

/** The outcome of a request with this `error_type`. */
export function outcomeOfErrorType(errorType: string): OperationOutcome {
  return OUTCOME_NAMES.find((outcome) => OUTCOMES[outcome].errorType === errorType) ?? 'failed';
}
