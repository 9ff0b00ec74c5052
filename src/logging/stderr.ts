import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const STDERR = 2;
const O_NONBLOCK = 0o4000;

/** Writes to a file descriptor without blocking. */
export interface NonBlockingWriter {
  /**
   * @returns number of written bytes; 0 if the descriptor is full
   * @throws the system's error, such as a full disk or a closed pipe
   */
  write(bytes: Uint8Array): number;
}

/**
 * Opens the process' stderr. Pipes and sockets are switched to non-blocking mode only for each write. All processes that
 * share the pipe share the mode, and a watched server expects its writes to block. Files and terminals are written
 * directly.
 */
export function openStderr(): NonBlockingWriter {
  const setBlocking = blockingSwitch();
  return {
    write(bytes) {
      const isSwitched = setBlocking !== null && !isNonBlocking();
      try {
        if (isSwitched) setBlocking(false);
        return writeSync(STDERR, bytes);
      } catch (error) {
        if (isBusy(error)) return 0;
        throw error;
      } finally {
        if (isSwitched) setBlocking(true);
      }
    },
  };
}

/** Null if stderr is neither a pipe nor a socket. Node has no public API for the mode of a descriptor. */
function blockingSwitch(): ((isBlocking: boolean) => void) | null {
  try {
    const stat = fstatSync(STDERR);
    if (!stat.isFIFO() && !stat.isSocket()) return null;
    const wasBlocking = !isNonBlocking();
    // The constructor makes the descriptor non-blocking. The socket is never used or closed.
    const socket = new Socket({ fd: STDERR, readable: false, writable: true }).unref();
    const handle: unknown = Reflect.get(socket, '_handle');
    if (!hasSwitch(handle)) return null;
    if (wasBlocking) handle.setBlocking(true);
    return (isBlocking) => void handle.setBlocking(isBlocking);
  } catch {
    return null;
  }
}

function hasSwitch(handle: unknown): handle is { setBlocking(isBlocking: boolean): number } {
  return typeof handle === 'object' && handle !== null && 'setBlocking' in handle;
}

/** Reads the mode on Linux. Other systems are assumed to have the default, blocking mode. */
function isNonBlocking(): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${STDERR}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0;
  } catch {
    return false;
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')
  );
}
