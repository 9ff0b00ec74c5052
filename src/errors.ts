/**
 * The stable codes of {@link ExporterError}, for programs to switch on.
 *
 * @see {@link ExporterError} for an example
 */
export type ExporterErrorCode =
  | 'invalid_setting'
  | 'port_in_use'
  | 'listen_failed'
  | 'access_unclear'
  | 'authentication_required'
  | 'unknown_operation'
  | 'operation_active'
  | 'outside_workspace'
  | 'workspace_unavailable'
  | 'target_not_found'
  | 'not_a_git_repository'
  | 'git_failed'
  | 'linter_failed'
  | 'pipeline_busy'
  | 'worker_limit'
  | 'worker_crashed'
  | 'server_not_started'
  | 'packages_missing'
  | 'invalid_client_config'
  | 'discovery_failed'
  | 'invalid_report'
  | 'metric_failed'
  | 'registry_in_use';

/**
 * An operational error, such as an invalid setting, a port in use or a path outside the workspace. Programming mistakes
 * throw a `TypeError` instead.
 *
 * @example
 * ```ts
 * import { ExporterError, loadConfig } from 'mcp-exporter';
 *
 * try {
 *   loadConfig({ MONITORING_DASHBOARD_PORT: 'abc' });
 * } catch (error) {
 *   if (error instanceof ExporterError) console.log(error.code); // invalid_setting
 * }
 * ```
 */
export class ExporterError extends Error {
  override readonly name = 'ExporterError';
  readonly code: ExporterErrorCode;

  constructor(code: ExporterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of a failed connection. A name with several addresses has one error for each, below an empty one. */
export function connectionErrorMessage(error: unknown): string {
  return errorMessage(error instanceof AggregateError ? (error.errors[0] ?? error) : error);
}
