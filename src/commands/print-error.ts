import { openStderr } from '../logging/stderr.ts';
import { redactText } from '../monitor/redaction.ts';

/** Prints a line for people, without waiting for stderr, and without failing if nothing can be written to it. */
export function printError(text: string): void {
  try {
    openStderr().write(Buffer.from(`mcp-exporter: ${redactText(text)}\n`));
  } catch {
    // The exit code says it, too.
  }
}
