import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

import { startWindowsGuard } from './windows-guard.ts';

/**
 * Reads lines from descriptor 3. The pipe ends when the parent process ends in any way, including SIGKILL. Then the guard
 * terminates the processes in the last line and their descendants with SIGTERM, and with SIGKILL after a grace period.
 * The line `done` ends the guard. If there was no line, the parent was killed while it started its first child. On Linux,
 * that child is the orphan in the parent's process group that is younger than the guard.
 *
 * On Linux, the line `streams` names a child's stdin and stdout. Each process that has one of them as its own is
 * also terminated. This finds a server whose wrapper has ended, whenever the server started, and in any process group or
 * session.
 *
 * Arguments: the grace period in tenths of a second; process group and session of the parent process.
 *
 * The guard runs in the background of a shell that exits at once, so that it is not a child of the parent. It uses only
 * POSIX features, and /proc or `ps`: slim images have no `ps`, and macOS has no /proc.
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
holders() {
  [ -n "$streams" ] && ls -l /proc/[0-9]*/fd/[01] | while read -r line; do
    for stream in $streams; do
      case $line in *" /proc/"*" -> $stream") line=\${line#* /proc/} && echo "\${line%%/*}" ;; esac
    done
  done
}
guard() {
  trap '' HUP INT QUIT TERM
  pids=unknown
  streams=
  while read -r line; do
    case $line in
      done) exit ;;
      streams*) streams=\${line#streams} ;;
      *) pids=$line ;;
    esac
  done
  if [ "$pids" = unknown ]; then
    # This shell is an orphan itself, so all orphans have its parent.
    stat_of self && reaper=$parent
    pids=$([ -n "$since" ] && orphans "$2")
  fi
  pids=$(tree $pids $(holders))
  [ -n "$pids" ] || exit
  kill -TERM $pids
  tenths=$1
  while [ "$tenths" -gt 0 ]; do
    alive=
    # Do not check an ended process again, because its id may be reused.
    for pid in $pids; do kill -0 "$pid" && alive="$alive $pid"; done
    pids=$alive
    [ -n "$pids" ] || break
    sleep 0.1 || sleep 1
    tenths=$((tenths - 1))
  done
  # More than once, because a process may start another one while it ends.
  rounds=10
  while [ "$rounds" -gt 0 ]; do
    pids=$(tree $pids $(holders))
    [ -n "$pids" ] || exit
    kill -KILL $pids
    pids=
    sleep 0.1 || sleep 1
    rounds=$((rounds - 1))
  done
}
since=
stat_of self && since=$started
guard "$@" <&3 3<&- &
`;

/** Without the name of the parent's program, so that `pkill -f` of that name leaves the guard. */
const GUARD_NAME = 'orphan-guard';

export interface ChildGuardOptions {
  /**
   * Grace period between SIGTERM and SIGKILL, in milliseconds.
   * @defaultValue 500
   */
  readonly graceMs?: number;
  /** Called if the guard cannot start. Then the processes may outlive this one. */
  readonly onError?: (error: unknown) => void;
}

/** Terminates child processes if this process ends without doing so. */
export interface ChildGuard {
  /** Replaces the guarded processes. */
  watch(pids: readonly number[]): void;
  /**
   * Also guards the processes whose stdin or stdout is one of these streams.
   *
   * @param streams - as {@link streamsOf} returns them
   */
  watchStreams(streams: readonly string[]): void;
  /** Ends the guard. The processes keep running. */
  dismiss(): void;
}

const NO_GUARD: ChildGuard = {
  watch: () => undefined,
  watchStreams: () => undefined,
  dismiss: () => undefined,
};

/**
 * Starts a guard that terminates child processes and their descendants when this process ends in any way, including
 * SIGKILL. The guard is a small idle shell, which is invisible to the children. Start it before the children, because its
 * start takes some milliseconds.
 */
export function startChildGuard(options: ChildGuardOptions = {}): ChildGuard {
  const { graceMs = 500, onError = () => undefined } = options;
  if (process.platform === 'win32') return startWindowsGuard(onError);
  const args = ['-c', SCRIPT, GUARD_NAME, String(Math.ceil(graceMs / 100)), ownGroup()];
  try {
    // A separate session keeps signals to this process group away. The shell needs neither secrets nor this folder.
    const shell = spawn('/bin/sh', args, {
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    shell.once('error', onError).unref();
    // Uses descriptor 3, because Node closes stdin when the shell exits.
    const line = shell.stdio[3] as Socket;
    line.on('error', () => undefined).unref();
    return {
      watch: (next) => void line.write(`${next.join(' ')}\n`),
      watchStreams: (streams) => void line.write(`streams ${streams.join(' ')}\n`),
      dismiss: () => void line.write('done\n'),
    };
  } catch (error) {
    onError(error);
    return NO_GUARD;
  }
}

/** Process group and session of this process from /proc; empty without /proc. */
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
