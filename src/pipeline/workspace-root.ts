import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';

import { ExporterError, errorMessage } from '../errors.ts';
import { isUnreadable, readingAdvice } from './unreadable.ts';

/**
 * Options of {@link pipelineServer}.
 *
 * @see {@link pipelineServer} for an example
 */
export interface WorkspaceOptions {
  /** The folder that the tools of the pipeline server read and change. */
  readonly workspaceDir: string;
  /**
   * Whether the workspace's own ESLint and its configuration, which are programs, may run.
   * @defaultValue false: only the built-in rules are used, and no code of the workspace runs
   */
  readonly isWorkspaceTrusted?: boolean;
}

/**
 * Returns the real path of the workspace's folder.
 *
 * @throws ExporterError `workspace_unavailable` if `directory` is not a readable folder
 */
export async function findWorkspaceRoot(directory: string): Promise<string> {
  try {
    const root = await realpath(directory);
    if ((await stat(root)).isDirectory()) {
      await access(root, constants.R_OK | constants.X_OK);
      return root;
    }
  } catch (error) {
    const advice = isUnreadable(error) ? `; ${readingAdvice()}` : '';
    const reason = `cannot open the workspace "${directory}": ${errorMessage(error)}${advice}`;
    throw new ExporterError('workspace_unavailable', reason, { cause: error });
  }
  throw new ExporterError('workspace_unavailable', `the workspace "${directory}" is not a folder`);
}
