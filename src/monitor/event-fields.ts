/** The type of a field's values. The relay derives its encoder, the hub's validation and docs/openapi.json from it. */
export type FieldShape =
  | { readonly kind: 'connection' | 'request' | 'flag' | 'seconds' | 'timestamp' | 'method' }
  /** Truncated to the `name_length` limit when it is sent. */
  | { readonly kind: 'text'; readonly isEmptyAllowed?: boolean; readonly isRedacted?: boolean }
  | { readonly kind: 'integer'; readonly min: number; readonly max?: number | undefined }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Never sent. */
  | { readonly kind: 'local' };

/** A field of an event, whose values are of type `Value`. */
export interface Field<Value> {
  readonly shape: FieldShape;
  readonly isNullable?: boolean;
  /** Used if a report omits the field. Without a fallback, the field is required. */
  readonly fallback?: string | boolean | null;
  /** Whether the hub infers the value if a report omits the field. */
  readonly isInferred?: boolean;
  /** For docs/openapi.json. */
  readonly description?: string | undefined;
  /** Never set. It only carries the type. */
  readonly value?: Value;
}

export interface InferredField<Value> extends Field<Value> {
  readonly isInferred: true;
}

export interface LocalField<Value> extends Field<Value> {
  readonly shape: { readonly kind: 'local' };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of an event with these fields. */
export type ValuesOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

/** A required name. */
export const name: Field<string> = { shape: { kind: 'text' } };
/** A text that may be empty. Defaults to an empty text. */
export const label: Field<string> = { shape: { kind: 'text', isEmptyAllowed: true }, fallback: '' };
/** A {@link label} that people wrote. It is redacted because it may contain a secret. */
export const freeText: Field<string> = {
  shape: { kind: 'text', isEmptyAllowed: true, isRedacted: true },
  fallback: '',
};
export const errorType: Field<string> = {
  ...label,
  description:
    'Empty on success, otherwise a JSON-RPC code, tool_error, server_exited, cancelled, unobserved, timeout …',
};
export const method: Field<string> = {
  shape: { kind: 'method' },
  description: 'An MCP method. Unknown methods are counted as _OTHER',
};
export const flag: Field<boolean> = { shape: { kind: 'flag' } };
export const seconds: Field<number> = { shape: { kind: 'seconds' } };
export const timestamp: InferredField<string> = {
  shape: { kind: 'timestamp' },
  isInferred: true,
  description: 'Time of the event. Defaults to the time of arrival',
};
export const count: Field<number> = integer(0);
/** Size of a message; null if the observer saw only the parsed message. */
export const sizeBytes = withFallback(
  nullable(count),
  null,
  'Size on the wire in bytes, or null if it is unknown',
);

export function integer(min: number, max?: number, description?: string): Field<number> {
  return { shape: { kind: 'integer', min, max }, description };
}

export function choice<const Value extends string>(values: readonly Value[]): Field<Value> {
  return { shape: { kind: 'choice', values } };
}

export function nullable<Value>(field: Field<Value>, description?: string): Field<Value | null> {
  return { ...field, isNullable: true, description };
}

/** A field with a default value. */
export function withFallback<Value>(
  field: Field<Value>,
  fallback: Value & (string | boolean | null),
  description?: string,
): Field<Value> {
  return { ...field, fallback, description };
}

/** A field that the hub infers if a report omits it. `description` explains how. */
export function inferred<Value>({ shape }: Field<Value>, description: string): InferredField<Value> {
  return { shape, isInferred: true, description };
}

/** A field that is never sent to a hub. */
export function local<Value>(): LocalField<Value> {
  return { shape: { kind: 'local' } };
}
