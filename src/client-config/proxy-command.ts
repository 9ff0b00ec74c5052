/** The program that clients start instead of a server. */
export const PROXY_PROGRAM = 'mcp-exporter';

/** Also by its path, as npm's scripts on Windows, and with a version as npx takes it. */
const OWN_PROGRAM = /(?:^|[\\/])mcp-exporter(?:@[^\\/]*|\.(?:cmd|exe|ps1))?$/;

/** What precedes the server's own command line. */
export function stdioProxyArguments(name: string, hubUrl: string): string[] {
  return ['proxy', '--name', name, '--hub', hubUrl, '--'];
}

/** The line of a POSIX shell that starts the proxy of a server behind a URL. */
export function httpProxyLine(proxy: {
  readonly upstream: string;
  readonly name: string;
  readonly port: number;
  readonly hubUrl: string;
}): string {
  const { upstream, name, port, hubUrl } = proxy;
  return [
    PROXY_PROGRAM,
    'proxy',
    '--upstream',
    upstream,
    '--name',
    name,
    '--port',
    String(port),
    '--hub',
    hubUrl,
  ]
    .map(quote)
    .join(' ');
}

/** Whether a command line starts the proxy: `mcp-exporter proxy …`, directly or by npx. */
export function isProxyCommand(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.some((word, index) => OWN_PROGRAM.test(word) && own[index + 1] === 'proxy');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
