import { basename } from 'node:path';

import { maskItems } from '../redaction/secrets/secret-member.ts';

/** Programs that start a server given in their arguments. */
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
 * The default name of a server in metrics, derived from its command: `server-files` for
 * `npx -y @scope/server-files /data`, and `weather` for `python -m weather`.
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

/** The last part of a path, a package or an image, without version and extension. */
function nameOf(text: string): string {
  return basename(text.replaceAll('\\', '/'))
    .replace(/(?<=.)[@:].*$/, '')
    .replace(/\.(m|c)?[jt]s$|\.(py|rb|jar|exe|cmd|sh)$/, '')
    .slice(0, 128);
}
