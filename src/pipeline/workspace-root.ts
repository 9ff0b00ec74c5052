import { realpath, stat } from 'node:fs/promises';

import { ExporterError, errorMessage } from '../errors.ts';

export interface WorkspaceOptions {
  /** The one folder that the tools of the pipeline server read and change. */
  readonly workspaceDir: string;
  /**
   * Whether the workspace's own ESLint and its configuration may be run. They are programs.
   * @defaultValue false: the built-in rules are used, which run nothing of the workspace
   */
  readonly isWorkspaceTrusted?: boolean;
}

/**
 * The real path of the workspace's folder.
 *
 * @throws ExporterError `workspace_unavailable` if `directory` is not a folder that can be read
 */
export async function findWorkspaceRoot(directory: string): Promise<string> {
  try {
    const root = await realpath(directory);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    const reason = `cannot open the workspace "${directory}": ${errorMessage(error)}`;
    throw new ExporterError('workspace_unavailable', reason, { cause: error });
  }
  throw new ExporterError('workspace_unavailable', `the workspace "${directory}" is not a folder`);
}
