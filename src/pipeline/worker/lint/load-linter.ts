import type { WorkSettings } from '../../contract/protocol.ts';
import type { Workspace } from '../files/workspace.ts';
import { createBuiltInLinter, type SkippedFile } from './built-in-linter.ts';
import { findLintConfiguration } from './lint-configuration.ts';
import type { Linter } from './linter.ts';
import { createWorkspaceLinter } from './workspace-linter.ts';

/**
 * Loads the workspace's own ESLint if the workspace has a configuration for it and is trusted, because a configuration is
 * a program. Otherwise loads the built-in rules, which run no code of the workspace.
 *
 * @throws ExporterError `linter_failed`
 */
export async function loadLinter(
  { isTrusted }: Pick<WorkSettings, 'isTrusted'>,
  workspace: Workspace,
  onSkipped: (file: SkippedFile) => Promise<void>,
): Promise<Linter> {
  const { root } = workspace;
  const configuration = await findLintConfiguration(root);
  if (configuration !== null && isTrusted) return createWorkspaceLinter(root, configuration);
  const notices =
    configuration === null
      ? []
      : [
          `the workspace's ${configuration} was not used, because it is a program that would be run: the built-in ` +
            'rules were used instead. If you trust the workspace, start the server with --trust-workspace',
        ];
  return { kind: 'built_in', notices, ...createBuiltInLinter(workspace, onSkipped) };
}
