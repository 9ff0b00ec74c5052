import { OUTCOME_NAMES, OUTCOMES, type OperationOutcome } from '../../src/monitor/outcomes.ts';
import { parsePromQl, type Matcher, type Selector } from './promql.ts';

/** Series that count requests or operations, or add up their durations, by outcome. */
const COUNTED = /^(?:mcp_server|mcp_client|pipeline)_operation_duration_seconds_(?:count|sum)$/;

export interface SelectedOutcomes {
  /** The selector, as it is written. */
  readonly text: string;
  /** The outcomes of which it chooses everything. */
  readonly whole: readonly OperationOutcome[];
  /** The outcomes of which it chooses some error types. */
  readonly part: readonly OperationOutcome[];
}

/** Which outcomes each selector of such series in `expr` chooses. */
export function selectedOutcomes(expr: string): SelectedOutcomes[] {
  const counted = parsePromQl(expr).selectors.filter(({ metric = '' }) => COUNTED.test(metric));
  return counted.map((selector) => {
    const shares = OUTCOME_NAMES.map((outcome) => ({ outcome, share: chosenShare(outcome, selector) }));
    return {
      text: selector.text,
      whole: shares.filter(({ share }) => share === 1).map(({ outcome }) => outcome),
      part: shares.filter(({ share }) => share > 0 && share < 1).map(({ outcome }) => outcome),
    };
  });
}

/** Of the values that a label has for `outcome`, the share that `selector` chooses. */
function chosenShare(outcome: OperationOutcome, { metric = '', matchers }: Selector): number {
  const isOperation = metric.startsWith('pipeline_');
  const { errorType } = OUTCOMES[outcome];
  const errorTypes = errorType === null ? ['tool_error', 'server_exited', '-32602', '_OTHER'] : [errorType];
  const values = isOperation ? [outcome] : errorTypes;
  const ofLabel = matchers.filter(({ label }) => label === (isOperation ? 'status' : 'error_type'));
  return values.filter((value) => ofLabel.every((each) => isMatch(each, value))).length / values.length;
}

function isMatch({ operator, value }: Matcher, text: string): boolean {
  const isEqual = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(text) : value === text;
  return isEqual !== operator.startsWith('!');
}
