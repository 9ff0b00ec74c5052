/** How a field's values look. The relay derives from it what a hub is sent, what it accepts, and docs/openapi.json. */
export type FieldShape =
  | { readonly kind: 'connection' | 'request' | 'flag' | 'seconds' | 'timestamp' | 'method' }
  /** Cut to the length of a name when it is sent. */
  | { readonly kind: 'text'; readonly isEmptyAllowed?: boolean; readonly isRedacted?: boolean }
  | { readonly kind: 'integer'; readonly min: number; readonly max?: number | undefined }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Never sent. */
  | { readonly kind: 'local' };

/** A field of an event, whose values are of type `Value`. */
export interface Field<Value> {
  readonly shape: FieldShape;
  readonly isNullable?: boolean;
  /** Its value if a report leaves it out. Without it, a report must have the field. */
  readonly fallback?: string | boolean | null;
  /** Whether a report may leave it out, and the hub finds out by itself. */
  readonly isInferred?: boolean;
  /** For docs/openapi.json. */
  readonly description?: string | undefined;
  /** Never set: it only carries the type. */
  readonly value?: Value;
}

export interface InferredField<Value> extends Field<Value> {
  readonly isInferred: true;
}

export interface LocalField<Value> extends Field<Value> {
  readonly shape: { readonly kind: 'local' };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What an event with such fields holds. */
export type ValuesOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

/** What cannot do without a name. */
export const name: Field<string> = { shape: { kind: 'text' } };
/** A text that may be empty, and is empty if a report leaves it out. */
export const label: Field<string> = { shape: { kind: 'text', isEmptyAllowed: true }, fallback: '' };
/** A {@link label} that people wrote: it may contain a secret. */
export const freeText: Field<string> = {
  shape: { kind: 'text', isEmptyAllowed: true, isRedacted: true },
  fallback: '',
};
export const errorType: Field<string> = {
  ...label,
  description: 'Empty on success; else a JSON-RPC code, tool_error, server_exited, cancelled, timeout …',
};
export const method: Field<string> = {
  shape: { kind: 'method' },
  description: 'Of MCP; any other is counted as _OTHER',
};
export const flag: Field<boolean> = { shape: { kind: 'flag' } };
export const seconds: Field<number> = { shape: { kind: 'seconds' } };
export const timestamp: InferredField<string> = {
  shape: { kind: 'timestamp' },
  isInferred: true,
  description: 'When it happened; now, where it is left out',
};
export const count: Field<number> = integer(0);
/** Of a message; null where only the parsed message was seen. */
export const sizeBytes = withFallback(nullable(count), null, 'On the wire, where it is known');

export function integer(min: number, max?: number, description?: string): Field<number> {
  return { shape: { kind: 'integer', min, max }, description };
}

export function choice<const Value extends string>(values: readonly Value[]): Field<Value> {
  return { shape: { kind: 'choice', values } };
}

export function nullable<Value>(field: Field<Value>, description?: string): Field<Value | null> {
  return { ...field, isNullable: true, description };
}

/** A field that is `fallback` if a report leaves it out. */
export function withFallback<Value>(
  field: Field<Value>,
  fallback: Value & (string | boolean | null),
  description?: string,
): Field<Value> {
  return { ...field, fallback, description };
}

/** A field that the hub finds out by itself if a report leaves it out; `description` says how. */
export function inferred<Value>({ shape }: Field<Value>, description: string): InferredField<Value> {
  return { shape, isInferred: true, description };
}

/** A field that matters in this process only. */
export function local<Value>(): LocalField<Value> {
  return { shape: { kind: 'local' } };
}
