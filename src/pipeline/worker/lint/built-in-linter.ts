import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { withoutByteOrderMark } from '../../../byte-order-mark.ts';
import { ExporterError, errorMessage } from '../../../errors.ts';
import { packagePath } from '../../../package-files.ts';
import { LIMITS } from '../../../monitor/limits.ts';
import type { Issue, LintReport } from '../../contract/issue.ts';
import type { Workspace } from '../files/workspace.ts';
import { environmentOf } from './file-environment.ts';
import { KnownVariables } from './known-variables.ts';
import { PackageManifests } from './package-manifests.ts';
import { withoutKnownVariables, type LintedFile } from './undefined-variables.ts';
import { LanguageServer } from './language-server.ts';
import type { Linter } from './linter.ts';
import { readDiagnostics } from './diagnostics.ts';

/** A file that the linter could not lint. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
  /** The limit that the file exceeds, if that is the reason. */
  readonly limit: LintLimit | null;
}

type LintLimit = 'lint_duration' | 'lint_answer';
type OnSkipped = (file: SkippedFile) => Promise<void>;

const RULES = packagePath('pipeline/worker/lint/default-rules.json');
/** A folder that does not exist. oxlint gets only the texts of files, and never reads the workspace. */
const FOLDER = 'file:///mcp-exporter-workspace';
const BUILT_FILE = /(^|\/)(dist|coverage)\/|\.min\.[^/]+$/;

/** oxlint with the built-in rules. Starts it for the first file. */
export function createBuiltInLinter(
  workspace: Workspace,
  onSkipped: OnSkipped,
): Pick<Linter, 'lint' | 'close'> {
  let server: Promise<LanguageServer> | null = null;
  const manifests = new PackageManifests(workspace);
  const variables = new KnownVariables(workspace);

  /** A failure on one file must not prevent the other files from being linted. */
  async function lint(path: string, text: string): Promise<LintReport | null> {
    if (BUILT_FILE.test(path)) return null;
    server ??= startServer();
    const running = await server;
    let isLate = false;
    const lateTimer = setTimeout(() => {
      isLate = true;
      running.close();
    }, LIMITS.lint_duration.max * 1000);
    try {
      const manifest = await manifests.nearest(path);
      const file: LintedFile = { path, text, manifest, ...environmentOf(path, text, manifest) };
      const issues = (await issuesOf(running, file)).map((issue) => explainParseError(issue, file));
      const inBrowser = () => issuesOf(running, { ...file, environments: [...file.environments, 'browser'] });
      return reportOf(await withoutKnownVariables(issues, file, variables, inBrowser));
    } catch (error) {
      running.close();
      server = null;
      const limit = isLate ? 'lint_duration' : error instanceof RangeError ? 'lint_answer' : null;
      const reason = limit === null ? errorMessage(error) : `it has reached the limit ${limit}`;
      await onSkipped({ path, reason, limit });
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

async function issuesOf(server: LanguageServer, file: LintedFile): Promise<Issue[]> {
  const { text } = file;
  const textDocument = { uri: uriOf(file) };
  const source = withoutByteOrderMark(text);
  server.notify('textDocument/didOpen', {
    textDocument: { ...textDocument, languageId: 'typescript', version: 1, text: source },
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

/** The folders of the path select sets of variables in the configuration, and the extension the kind of module. */
function uriOf({ path, moduleKind, environments }: LintedFile): string {
  const extension = moduleKind === 'module' ? '.mjs' : '.cjs';
  const asNode = moduleKind === null ? path : path.replace(/\.js$/, extension);
  const parts = [...environments.map((name) => `+${name}`), ...asNode.split('/')];
  return `${FOLDER}/${parts.map(encodeURIComponent).join('/')}`;
}

/** Says how the file was read, because Node.js reads CommonJS and ES modules differently. */
function explainParseError(issue: Issue, { path, moduleKind }: LintedFile): Issue {
  if (issue.rule !== null) return issue;
  const because = path.endsWith('.js') ? 'because of "type" in package.json' : 'because of its extension';
  const kind = moduleKind === 'module' ? 'an ES module' : 'CommonJS';
  const reading = moduleKind === null ? '' : ` as ${kind}, ${because}`;
  return { ...issue, message: `cannot be parsed${reading}: ${issue.message.replaceAll('\nnote: ', '; ')}` };
}

function reportOf(issues: readonly Issue[]): LintReport {
  return { issues, isParsable: issues.every(({ rule }) => rule !== null) };
}
