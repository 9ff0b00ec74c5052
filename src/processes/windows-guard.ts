import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

/**
 * Reads lines from stdin. The pipe ends when the parent process ends in any way. Then the guard terminates the processes in
 * the last line and their descendants. The line `done` ends the guard.
 */
const SCRIPT = `
let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => (text = (text + chunk).split('\\n').slice(-2).join('\\n')));
process.stdin.on('end', () => {
  const pids = (text.split('\\n').at(-2) ?? '').split(' ').filter((word) => /^\\d+$/.test(word));
  if (pids.length === 0) return;
  const args = ['/f', '/t', ...pids.flatMap((pid) => ['/pid', pid])];
  require('node:child_process').spawnSync('taskkill', args, { stdio: 'ignore', windowsHide: true });
});
`;

/**
 * The guard of Windows, which has no shell and no signals that could do it: a Node process of its own. It is detached, so
 * that the end of a console or of a process tree leaves it.
 */
export function startWindowsGuard(onError: (error: unknown) => void) {
  const { SystemRoot, PATH, Path } = process.env;
  const node = spawn(process.execPath, ['-e', SCRIPT], {
    detached: true,
    windowsHide: true,
    // A working directory cannot be deleted. The guard needs neither this one nor the parent's secrets.
    cwd: dirname(process.execPath),
    env: { SystemRoot, PATH: PATH ?? Path },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  node.once('error', onError).unref();
  const line = node.stdin;
  line.on('error', () => undefined);
  if ('unref' in line && typeof line.unref === 'function') line.unref();
  return {
    watch: (pids: readonly number[]) => void line.write(`${pids.join(' ')}\n`),
    watchStreams: () => undefined,
    dismiss: () => void line.write('done\n'),
  };
}
