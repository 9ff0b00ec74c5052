import { ExporterError, errorMessage, type ExporterErrorCode } from '../errors.ts';
import { explanationOf } from '../troubleshooting.ts';
import { printError } from './print-error.ts';
import { UsageError } from './usage-error.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;

const OF_CONFIGURATION = new Set<ExporterErrorCode>([
  'invalid_setting',
  'authentication_required',
  'workspace_unavailable',
  'invalid_client_config',
  'packages_missing',
]);

/**
 * Prints the error and exits with 2 for bad usage or configuration, otherwise with 1.
 *
 * @param help - the arguments that print the matching help
 */
export function fail(error: unknown, help: string): never {
  printError(error);
  if (error instanceof UsageError) {
    printError(`see mcp-exporter ${help}`);
    process.exit(EXIT_BAD_CONFIGURATION);
  }
  printExplanation(error);
  const isConfiguration = error instanceof ExporterError && OF_CONFIGURATION.has(error.code);
  process.exit(isConfiguration ? EXIT_BAD_CONFIGURATION : EXIT_FAILED);
}

/** Prints the link to the section of docs/troubleshooting.md that explains the error, if there is one. */
export function printExplanation(error: unknown): void {
  const link = explanationOf(errorMessage(error));
  if (link !== undefined) printError(`see ${link}`);
}
