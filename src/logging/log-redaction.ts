import { ExporterError } from '../errors.ts';
import { Redactor } from '../redaction/redactor.ts';

/** Long enough for a stack trace. */
const MAX_TEXT = 8000;
const MAX_CAUSES = 4;

/** Removes secrets from the first argument of a log call, which is a text or an object with fields. */
export type RedactFields = (fields: unknown) => unknown;

/** @param redactor - a redactor with the user's patterns. @defaultValue a redactor without custom patterns */
export function createLogRedaction(redactor = new Redactor()): RedactFields {
  return (fields) => {
    if (typeof fields === 'string') return redactor.text(fields, MAX_TEXT);
    if (fields instanceof Error) return redactError(fields, redactor);
    return typeof fields === 'object' && fields !== null ? redactRecord(fields, redactor) : fields;
  };
}

/** Keeps errors as errors, because loggers format them. */
function redactRecord(fields: object, redactor: Redactor): object {
  const errors = Object.entries(fields).filter(([, value]) => value instanceof Error);
  if (errors.length === 0) return redactor.details({ ...fields });
  const others = Object.entries(fields).filter(([, value]) => !(value instanceof Error));
  return {
    ...redactor.details(Object.fromEntries(others)),
    ...Object.fromEntries(errors.map(([key, error]) => [key, redactError(error as Error, redactor)])),
  };
}

/**
 * Whether an error is about a setting. Its text contains names such as `MONITORING_API_KEY`, which look like secrets, but
 * never a secret's value.
 */
export function isAboutSetting(error: unknown): boolean {
  return error instanceof ExporterError && error.code === 'invalid_setting';
}

/** Copies an error without the secrets in its message, stack and causes. */
function redactError(error: Error, redactor: Redactor, depth = 0): Error {
  if (isAboutSetting(error)) return error;
  const { cause, code } = error as Error & { code?: unknown };
  const copy = new Error(redactor.text(error.message, MAX_TEXT));
  // Loggers print the error's class. A DOMException cannot be a prototype, because its getters would throw.
  if (!(error instanceof DOMException)) Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  // Not enumerable, because loggers would print it as a field.
  Object.defineProperty(copy, 'name', { value: error.name });
  copy.stack = redactor.text(error.stack ?? '', MAX_TEXT);
  if (typeof code === 'string' || typeof code === 'number') Object.assign(copy, { code });
  if (cause instanceof Error && depth < MAX_CAUSES) copy.cause = redactError(cause, redactor, depth + 1);
  else if (cause !== undefined) copy.cause = redactor.details({ cause })['cause'];
  return copy;
}
