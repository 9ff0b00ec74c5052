import type { Workspace } from './files/workspace.ts';
import type { Linter } from './lint/linter.ts';
import type { WorkCall } from './work-call.ts';

/** What every kind of work needs. */
export interface WorkContext {
  readonly call: WorkCall;
  readonly workspace: Workspace;
  readonly linter: Linter;
}
