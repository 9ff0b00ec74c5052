import { OUTCOME_NAMES, OUTCOMES, type OperationOutcome } from '../../src/monitor/outcomes.ts';
import type { Matchers } from './promql.ts';

type IsWanted = (outcome: OperationOutcome) => boolean;

/** Matches requests with the wanted outcomes by their label `error_type`. */
export function requestsThat(isWanted: IsWanted): Matchers<'error_type'> {
  const typesOf = (outcomes: readonly OperationOutcome[]) =>
    outcomes.flatMap((outcome) => OUTCOMES[outcome].errorType ?? []);
  const wanted = OUTCOME_NAMES.filter(isWanted);
  const isOpen = wanted.some((outcome) => OUTCOMES[outcome].errorType === null);
  if (!isOpen) return { error_type: isOneOf(typesOf(wanted)) };
  const unwanted = typesOf(OUTCOME_NAMES.filter((outcome) => !isWanted(outcome)));
  return unwanted.length === 0 ? {} : { error_type: isNoneOf(unwanted) };
}

/** Matches operations with the wanted outcomes by their label `status`. */
export function operationsThat(isWanted: IsWanted): Matchers<'status'> {
  return { status: isOneOf(OUTCOME_NAMES.filter(isWanted)) };
}

function isOneOf(values: readonly string[]): string {
  return values.length === 1 ? `="${values.join('')}"` : `=~"${values.join('|')}"`;
}

function isNoneOf(values: readonly string[]): string {
  return values.length === 1 ? `!="${values.join('')}"` : `!~"${values.join('|')}"`;
}
