import { errorMessage } from '../errors.ts';
import { isAboutSetting } from '../logging/log-redaction.ts';
import { openStderr } from '../logging/stderr.ts';
import { redactText } from '../redaction/redactor.ts';

/** Prints an error as one line on stderr. It neither waits for stderr nor throws. */
export function printError(error: unknown): void {
  const text = errorMessage(error).replaceAll('\n', ' ');
  try {
    const shown = isAboutSetting(error) ? text : redactText(text);
    openStderr().write(Buffer.from(`mcp-exporter: ${shown}\n`));
  } catch {
    // The exit code still reports the failure.
  }
}
