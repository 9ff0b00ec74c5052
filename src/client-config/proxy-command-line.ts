/** The name or path of the program, its npm scripts on Windows, `mcp-exporter@VERSION` for npx, or the file for Node. */
const OWN_PROGRAM = /(?:^|[\\/])(?:mcp-exporter(?:@[^\\/]*|\.(?:cmd|exe|ps1))?|dist[\\/]cli\.js)$/;

/** The proxy's arguments before the server's own command line. */
export function stdioProxyArguments(name: string, hubUrl: string): string[] {
  return ['proxy', '--name', name, '--hub', hubUrl, '--'];
}

/** The command, for a POSIX shell, that starts the proxy in front of an HTTP server. */
export function httpProxyLine(proxy: {
  readonly program: readonly string[];
  readonly upstream: string;
  readonly name: string;
  readonly port: number;
  readonly hubUrl: string;
}): string {
  const { program, upstream, name, port, hubUrl } = proxy;
  const options = ['--upstream', upstream, '--name', name, '--port', String(port), '--hub', hubUrl];
  return shellLine([...program, 'proxy', ...options]);
}

export function shellLine(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Whether a command line starts the proxy: `mcp-exporter proxy …`, directly, by npx or by Node. */
export function isProxyCommand(argv: readonly string[]): boolean {
  return proxyStart(argv) !== -1;
}

/** The words that start the program, before `proxy`. Undefined if the command line does not start the proxy. */
export function findProxyProgram(argv: readonly string[]): readonly string[] | undefined {
  const start = proxyStart(argv);
  return start === -1 ? undefined : argv.slice(0, start);
}

/** A command line that `wrap-config` has written for a server that speaks stdio. */
export interface StdioProxy {
  readonly program: readonly string[];
  readonly hubUrl: string;
  /** The number of words before the server's own command line. */
  readonly wordCount: number;
  readonly server: readonly string[];
}

/** Undefined for any command line that {@link stdioProxyArguments} does not begin. */
export function findStdioProxy(argv: readonly string[]): StdioProxy | undefined {
  const start = proxyStart(argv);
  if (start === -1) return undefined;
  const [, , name = '', , hubUrl = ''] = argv.slice(start);
  const own = stdioProxyArguments(name, hubUrl);
  const wordCount = start + own.length;
  const server = argv.slice(wordCount);
  if (server.length === 0 || !own.every((word, index) => word === argv[start + index])) return undefined;
  return { program: argv.slice(0, start), hubUrl, wordCount, server };
}

/** The hub argument of a command line that starts the proxy. The last one counts if it is repeated. */
export function findHubArgument(
  argv: readonly string[],
): { readonly index: number; readonly option: '' | '--hub='; readonly url: string } | undefined {
  const own = ownWords(argv);
  for (let index = own.length - 1; index > proxyStart(argv); index -= 1) {
    const word = own[index] ?? '';
    if (word.startsWith('--hub=')) return { index, option: '--hub=', url: word.slice('--hub='.length) };
    if (own[index - 1] === '--hub') return { index, option: '', url: word };
  }
  return undefined;
}

/** The index of the word `proxy`, or -1. */
function proxyStart(argv: readonly string[]): number {
  const own = ownWords(argv);
  return own.findIndex((word, index) => word === 'proxy' && OWN_PROGRAM.test(own[index - 1] ?? ''));
}

/** The words before `--`. The others belong to the server. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
