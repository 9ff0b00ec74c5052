import { basename } from 'node:path';

import { maskItems } from '../redaction/secrets/secret-member.ts';

/** Programs that run others: what they run is the server. */
const RUNNERS = new Set([
  'npx',
  'bunx',
  'pnpx',
  'uvx',
  'pipx',
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'deno',
  'uv',
  'node',
  'python',
  'python3',
  'ruby',
  'java',
  'dotnet',
  'tsx',
  'docker',
  'podman',
  'sh',
  'bash',
  'env',
]);
const VERBS = new Set(['run', 'exec', 'dlx', 'x', 'tool', '--']);

/**
 * What a server is called in metrics, where nobody says it: `npx -y @scope/server-files /data` is `server-files`, and
 * `python -m weather` is `weather`.
 */
export function serverNameOf(command: string, args: readonly string[]): string {
  const program = nameOf(command);
  if (!RUNNERS.has(program)) return program;
  const shown = maskItems(args, program);
  const run = args.find(
    (arg, i) => arg === shown[i] && !arg.startsWith('-') && !VERBS.has(arg) && !/^\w+=/.test(arg),
  );
  return (run === undefined ? '' : nameOf(run)) || program;
}

/** Of a path, a package or an image: its last part, without a version and without an extension. */
function nameOf(text: string): string {
  return basename(text.replaceAll('\\', '/'))
    .replace(/(?<=.)[@:].*$/, '')
    .replace(/\.(m|c)?[jt]s$|\.(py|rb|jar|exe|cmd|sh)$/, '')
    .slice(0, 128);
}
