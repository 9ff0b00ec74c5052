import { closestName } from '../settings/closest-name.ts';
import { UsageError } from './usage-error.ts';

const OPTIONS = ['--help', '--version'];

/** The error for a first argument that is neither a command nor an option. */
export function unknownCommand(received: string, commands: readonly string[]): UsageError {
  if (received.startsWith('-'))
    return new UsageError(`unknown option ${received}${suggestion(received, OPTIONS)}`);
  return new UsageError(`unknown command ${JSON.stringify(received)}${suggestion(received, commands)}`);
}

/** The end of a message about an unknown word: the closest candidate, or all candidates. */
export function suggestion(received: string, candidates: readonly string[]): string {
  const closest = closestName(received, candidates);
  return closest === undefined
    ? `; expected ${candidates.join(', ')}`
    : `, did you mean ${JSON.stringify(closest)}?`;
}
