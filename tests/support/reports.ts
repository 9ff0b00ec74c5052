/** A step of an operation, as any program may report it. */
export interface ReportedStep {
  readonly kind: 'started' | 'progressed' | 'completed' | 'failed' | 'cancelled';
  readonly operation_id: string;
  readonly operation_name: string;
  readonly session_id?: string;
  readonly server_name?: string;
  readonly client_name?: string;
  readonly client_version?: string;
  readonly parent_id?: string;
  readonly progress?: number;
  readonly duration?: number;
  readonly timestamp?: string;
  readonly details?: Record<string, unknown>;
  readonly error?: string;
}

/** Reports operations to a running exporter, as any program can. */
export async function report(base: URL | string, steps: readonly ReportedStep[], reporter = 'a-test') {
  const events = steps.map((step) => ({ type: 'operation', session_id: 'reported', ...step }));
  const response = await fetch(new URL('api/v1/report', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reporter_id: reporter, events }),
  });
  if (!response.ok) throw new Error(`the report was refused: ${await response.text()}`);
}

/** `count` operations that took `seconds` each. */
export function ended(name: string, count: number, seconds: number): ReportedStep[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'completed',
    operation_id: `${name}-before-${index}`,
    operation_name: name,
    duration: seconds,
  }));
}

export function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
