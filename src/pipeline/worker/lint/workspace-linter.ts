import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ExporterError, errorMessage } from '../../../errors.ts';
import type { Issue } from '../../contract/issue.ts';
import type { Linter } from './linter.ts';

// The used parts of ESLint. The workspace can have any version of it.
interface Message {
  readonly line?: number;
  readonly column?: number;
  readonly ruleId: string | null;
  readonly severity: number;
  readonly message: string;
  readonly fix?: { readonly range: readonly [number, number]; readonly text: string };
}

interface Eslint {
  lintText(
    text: string,
    options: { filePath: string; warnIgnored: boolean },
  ): Promise<{ messages: readonly Message[]; fatalErrorCount: number }[]>;
}

type EslintClass = new (options: { cwd: string }) => Eslint;

interface EslintModule {
  readonly ESLint: EslintClass;
  /** Returns the class for the folder's kind of configuration. Exists since ESLint 8.57. */
  readonly loadESLint?: (options: { cwd: string }) => Promise<EslintClass>;
}

/**
 * Loads the workspace's own ESLint and its configuration, which are programs.
 *
 * @throws ExporterError `linter_failed` if it is not installed in the workspace
 */
export async function createWorkspaceLinter(root: string, configuration: string): Promise<Linter> {
  const eslint = await loadEslint(root, configuration);
  return {
    kind: 'workspace',
    notices: [],
    async lint(path, text) {
      try {
        const [result] = await eslint.lintText(text, { filePath: join(root, path), warnIgnored: false });
        return result
          ? { issues: result.messages.map(issueOf), isParsable: result.fatalErrorCount === 0 }
          : null;
      } catch (error) {
        const reason = `cannot lint "${path}" with the workspace's ${configuration}: ${errorMessage(error)}`;
        throw new ExporterError('linter_failed', reason, { cause: error });
      }
    },
    close: () => undefined,
  };
}

async function loadEslint(root: string, configuration: string): Promise<Eslint> {
  try {
    const file = createRequire(join(root, 'package.json')).resolve('eslint');
    const loaded = (await import(pathToFileURL(file).href)) as { default: EslintModule };
    const { ESLint, loadESLint } = loaded.default;
    const Class = loadESLint ? await loadESLint({ cwd: root }) : ESLint;
    return new Class({ cwd: root });
  } catch (error) {
    const reason =
      `the workspace has ${configuration}, but its own ESLint cannot be loaded (${errorMessage(error)}); ` +
      'install it there, or start the server without --trust-workspace to use the built-in rules';
    throw new ExporterError('linter_failed', reason, { cause: error });
  }
}

function issueOf({ line, column, ruleId, severity, message, fix }: Message): Issue {
  return {
    line: line ?? 0,
    column: column ?? 0,
    rule: ruleId,
    severity: severity === 2 ? 'error' : 'warning',
    message,
    // A fix that removes the byte order mark starts before the text. The mark is kept.
    fix: fix && fix.range[0] >= 0 ? { start: fix.range[0], end: fix.range[1], text: fix.text } : null,
  };
}
