import { OUTCOME_NAMES, OUTCOMES, type OperationOutcome } from '../../src/monitor/outcomes.ts';
import { parsePromQl, type Matcher, type Selector } from './promql.ts';

/** Series with the number or total duration of requests or operations, by outcome. */
const COUNTED =
  /^(?:(?:mcp_server|mcp_client|pipeline)_operation_duration_seconds_(?:count|sum)|mcp_server_operations_total|pipeline_operations_ended_total)$/;

export interface SelectedOutcomes {
  /** The selector's text. */
  readonly text: string;
  /** The outcomes that it selects completely. */
  readonly whole: readonly OperationOutcome[];
  /** The outcomes of which it selects some error types. */
  readonly part: readonly OperationOutcome[];
}

/** The outcomes that each selector of such series in `expr` selects. */
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

/** The share of a label's values for `outcome` that `selector` selects. */
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
