import type { Workspace } from './files/workspace.ts';
import type { Linter } from './lint/linter.ts';
import type { WorkCall } from './work-call.ts';

/** The inputs of every kind of work. */
export interface WorkContext {
  readonly call: WorkCall;
  readonly workspace: Workspace;
  readonly linter: Linter;
}
