import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Waits for the end of the pipe at descriptor 3, which comes when the process that holds the other end has ended in any
 * way, also by SIGKILL. Then it ends the processes of the last line and their descendants: SIGTERM, and SIGKILL after a
 * grace period. The line `done` dismisses it. Without a line, that process was killed as it started its first child: on
 * Linux, the child is the orphan in its process group that is younger than the guard.
 *
 * Arguments: the grace period in tenths of a second; process group and session of the process that starts it.
 *
 * It runs in the background of a shell that ends at once, so that it is not a child of that process. It is plain POSIX:
 * `ps` is missing in slim images, which have /proc; macOS has no /proc.
 */
const SCRIPT = `
stat_of() {
  read -r stat <"/proc/$1/stat" && pid=\${stat%% *} && set -- \${stat##*) } &&
    parent=$2 group="$3 $4" started=\${20}
}
processes() {
  if [ -r /proc/self/stat ]; then
    for folder in /proc/[0-9]*; do
      stat_of "\${folder#/proc/}" && echo "$pid $parent"
    done
  else
    ps -A -o pid= -o ppid=
  fi
}
tree() {
  all=" $* "
  table=$(processes)
  grown=yes
  while [ -n "$grown" ]; do
    grown=
    set -- $table
    while [ $# -gt 1 ]; do
      case $all in *" $1 "*) ;; *" $2 "*) all="$all$1 " grown=yes ;; esac
      shift 2
    done
  done
  echo $all
}
orphans() {
  for folder in /proc/[0-9]*; do
    stat_of "\${folder#/proc/}" && [ "$parent $group" = "$reaper $1" ] && [ "$started" -ge "$since" ] && echo "$pid"
  done
}
guard() {
  trap '' HUP INT QUIT TERM
  pids=unknown
  while read -r line; do
    [ "$line" = done ] && exit
    pids=$line
  done
  if [ "$pids" = unknown ]; then
    # Orphans have the same parent as this shell, which is one itself.
    stat_of self && reaper=$parent
    pids=$([ -n "$since" ] && orphans "$2")
  fi
  [ -n "$pids" ] || exit
  pids=$(tree $pids)
  kill -TERM $pids
  tenths=$1
  while [ "$tenths" -gt 0 ]; do
    alive=
    # One that has ended is not looked at again: its number may belong to another process by then.
    for pid in $pids; do kill -0 "$pid" && alive="$alive $pid"; done
    pids=$alive
    [ -n "$pids" ] || exit
    sleep 0.1 || sleep 1
    tenths=$((tenths - 1))
  done
  kill -KILL $(tree $pids)
}
since=
stat_of self && since=$started
guard "$@" <&3 3<&- &
`;

export interface ChildGuardOptions {
  /**
   * How long the processes have between SIGTERM and SIGKILL, in milliseconds.
   * @defaultValue 500
   */
  readonly graceMs?: number;
  /** Called if there is no guard: the processes may outlive this one. */
  readonly onError?: (error: unknown) => void;
}

/** Ends other processes when this one has ended without doing so itself. */
export interface ChildGuard {
  /** Replaces the processes that are guarded. */
  watch(pids: readonly number[]): void;
  /** Ends the guard: the processes may go on. */
  dismiss(): void;
}

const NO_GUARD: ChildGuard = { watch: () => undefined, dismiss: () => undefined };

/**
 * Starts a guard of child processes: however this process ends, also by SIGKILL, they and their descendants are ended.
 * The children do not notice the guard. It is a small shell, and does nothing until then. Start it before the children:
 * its own start takes some milliseconds. Windows has no guard.
 */
export function startChildGuard(options: ChildGuardOptions = {}): ChildGuard {
  const { graceMs = 500, onError = () => undefined } = options;
  if (process.platform === 'win32') return NO_GUARD;
  const args = ['-c', SCRIPT, 'mcp-exporter-guard', String(Math.ceil(graceMs / 100)), ownGroup()];
  try {
    // In a session of its own: signals for the group of this process do not reach it. It needs no secret, and no folder.
    const shell = spawn('/bin/sh', args, {
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    shell.once('error', onError).unref();
    // Not stdin: Node closes that when the shell ends.
    const line = shell.stdio[3] as Socket;
    line.on('error', () => undefined).unref();
    return {
      watch: (next) => void line.write(`${next.join(' ')}\n`),
      dismiss: () => void line.write('done\n'),
    };
  } catch (error) {
    onError(error);
    return NO_GUARD;
  }
}

/** Process group and session of this process, as /proc has them; `''` without /proc. */
function ownGroup(): string {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(2, 4)
      .join(' ');
  } catch {
    return '';
  }
}
