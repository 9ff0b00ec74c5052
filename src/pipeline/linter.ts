import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ESLint, Linter as Eslint } from 'eslint';

import { ExporterError, errorMessage } from '../errors.ts';

/** What the linter would put in place of `[start, end)`; counted without a byte order mark. */
export interface Fix {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Issue {
  readonly line: number;
  readonly column: number;
  /** null where no rule is broken but the file cannot be parsed. */
  readonly rule: string | null;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: Fix | null;
}

export interface LintReport {
  readonly issues: readonly Issue[];
  readonly isParsable: boolean;
}

/** Lints `text` as if it were the file at `path`; null where the configuration does not cover that file. */
export type Lint = (path: string, text: string) => Promise<LintReport | null>;

const CONFIG_FILES = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map(
  (extension) => `eslint.config.${extension}`,
);

/**
 * ESLint for one workspace, with the workspace's own configuration if it has one, with ours otherwise. It is
 * loaded when it is first needed, and kept for as long as the configuration file does not change.
 */
export class Linter {
  readonly #root: string;
  #loaded: { readonly key: string; readonly eslint: Promise<ESLint> } | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @returns what lints one file; it throws ExporterError `linter_failed` where ESLint cannot */
  async load(): Promise<Lint> {
    const config = await this.#findConfig();
    const key = config ? `${config.file} ${config.changedAtMs}` : '';
    if (this.#loaded?.key !== key) this.#loaded = { key, eslint: createEslint(this.#root, config !== null) };
    const eslint = await this.#loaded.eslint;
    return async (path, text) => {
      try {
        const [result] = await eslint.lintText(text, {
          filePath: join(this.#root, path),
          warnIgnored: false,
        });
        if (!result) return null;
        const messages = config ? result.messages : result.messages.filter(isAboutOurRules);
        return { issues: messages.map(issueOf), isParsable: result.fatalErrorCount === 0 };
      } catch (error) {
        const cause = config ? ` with the workspace's ${config.file}` : '';
        const reason = `cannot lint "${path}"${cause}: ${errorMessage(error)}`;
        throw new ExporterError('linter_failed', reason, { cause: error });
      }
    };
  }

  async #findConfig(): Promise<{ file: string; changedAtMs: number } | null> {
    for (const file of CONFIG_FILES) {
      const stats = await stat(join(this.#root, file)).catch(() => null);
      if (stats?.isFile()) return { file, changedAtMs: stats.mtimeMs };
    }
    return null;
  }
}

async function createEslint(root: string, hasOwnConfig: boolean): Promise<ESLint> {
  const { ESLint } = await import('eslint');
  if (hasOwnConfig) return new ESLint({ cwd: root });
  const { defaultLintConfig } = await import('./default-lint-config.ts');
  return new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig: defaultLintConfig });
}

/** Comments in the code may speak of rules that only its authors' configuration has. */
function isAboutOurRules(message: Eslint.LintMessage): boolean {
  return !message.message.startsWith("Definition for rule '");
}

function issueOf(message: Eslint.LintMessage): Issue {
  const { line, column, ruleId, severity, message: text, fix } = message;
  return {
    line: line ?? 0,
    column: column ?? 0,
    rule: ruleId,
    severity: severity === 2 ? 'error' : 'warning',
    message: text,
    // The removal of a byte order mark starts before the text; the mark stays.
    fix: fix && fix.range[0] >= 0 ? { start: fix.range[0], end: fix.range[1], text: fix.text } : null,
  };
}
