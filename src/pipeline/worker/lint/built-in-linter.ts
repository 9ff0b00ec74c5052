import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ExporterError, errorMessage } from '../../../errors.ts';
import { LIMITS } from '../../../monitor/limits.ts';
import type { Issue, LintReport } from './issue.ts';
import { LanguageServer } from './language-server.ts';
import type { Linter } from './linter.ts';
import { readDiagnostics } from './diagnostics.ts';

/** Called with a file that is skipped because it reached a limit. */
export type ReportSkipped = (limit: 'lint_duration' | 'lint_answer', path: string) => Promise<void>;

const RULES = fileURLToPath(new URL('./default-rules.json', import.meta.url));
/** Files get names in a folder that does not exist: oxlint sees texts, and never looks into the workspace. */
const FOLDER = 'file:///mcp-exporter-workspace';
const BUILT_FILE = /(^|\/)(dist|coverage)\/|\.min\.[^/]+$/;
const BYTE_ORDER_MARK = '\uFEFF';

/** oxlint with the built-in rules. It is started with the first file. */
export function createBuiltInLinter(onSkipped: ReportSkipped): Pick<Linter, 'lint' | 'close'> {
  let server: Promise<LanguageServer> | null = null;

  async function lint(path: string, text: string): Promise<LintReport | null> {
    if (BUILT_FILE.test(path)) return null;
    server ??= startServer();
    const running = await server;
    let limit: 'lint_duration' | 'lint_answer' = 'lint_answer';
    const lateTimer = setTimeout(() => {
      limit = 'lint_duration';
      running.close();
    }, LIMITS.lint_duration.max * 1000);
    try {
      return reportOf(await issuesOf(running, path, text));
    } catch (error) {
      running.close();
      server = null;
      if (limit === 'lint_answer' && !(error instanceof RangeError)) {
        const reason = `cannot lint ${JSON.stringify(path)}: ${errorMessage(error)}`;
        throw new ExporterError('linter_failed', reason, { cause: error });
      }
      await onSkipped(limit, path);
      return null;
    } finally {
      clearTimeout(lateTimer);
    }
  }

  return {
    lint,
    close: () => void server?.then((running) => running.close()).catch(() => undefined),
  };
}

async function startServer(): Promise<LanguageServer> {
  const server = new LanguageServer([process.execPath, findOxlint(), '--lsp'], {
    cwd: dirname(RULES),
    maxMessageBytes: LIMITS.lint_answer.max,
  });
  const options = {
    run: 'onType',
    configPath: RULES,
    disableNestedConfig: true,
    fixKind: 'safe_fix',
    unusedDisableDirectives: 'allow',
    typeAware: false,
  };
  try {
    await server.request('initialize', {
      processId: process.pid,
      rootUri: FOLDER,
      workspaceFolders: [{ uri: FOLDER, name: 'workspace' }],
      capabilities: {
        textDocument: {
          diagnostic: {},
          codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } },
        },
      },
      initializationOptions: [{ workspaceUri: FOLDER, options }],
    });
    server.notify('initialized', {});
    return server;
  } catch (error) {
    server.close();
    throw new ExporterError('linter_failed', `cannot start oxlint: ${errorMessage(error)}`, { cause: error });
  }
}

function findOxlint(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin', 'oxlint');
  } catch (error) {
    const reason = 'the built-in rules are checked by oxlint, which is not installed: npm install oxlint';
    throw new ExporterError('linter_failed', reason, { cause: error });
  }
}

async function issuesOf(server: LanguageServer, path: string, text: string): Promise<Issue[]> {
  const uri = `${FOLDER}/${path.split('/').map(encodeURIComponent).join('/')}`;
  const textDocument = { uri };
  const source = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  server.notify('textDocument/didOpen', {
    textDocument: { uri, languageId: 'typescript', version: 1, text: source },
  });
  try {
    const answer = await server.request('textDocument/diagnostic', { textDocument });
    const range = { start: { line: 0, character: 0 }, end: { line: source.length, character: 0 } };
    const context = { diagnostics: [], only: ['quickfix'] };
    const actions = await server.request('textDocument/codeAction', { textDocument, range, context });
    return readDiagnostics(source, answer, actions);
  } finally {
    server.notify('textDocument/didClose', { textDocument });
  }
}

function reportOf(issues: readonly Issue[]): LintReport {
  return { issues, isParsable: issues.every(({ rule }) => rule !== null) };
}
