import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const STDERR = 2;
const O_NONBLOCK = 0o4000;

/** Writes to a descriptor without waiting for its reader. */
export interface NonBlockingWriter {
  /**
   * @returns how many bytes were taken; 0 if there is no room now
   * @throws what the system says: a full disk, a closed pipe
   */
  write(bytes: Uint8Array): number;
}

/**
 * The process' stderr. Pipes and sockets are switched to non-blocking for the length of one write: the mode belongs to
 * everyone who shares the pipe, among them a watched server that expects its own writes to wait. Files and terminals
 * are written as they are.
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

/** Null for what is neither a pipe nor a socket. Node has no public way to set the mode of a descriptor. */
function blockingSwitch(): ((isBlocking: boolean) => void) | null {
  try {
    const stat = fstatSync(STDERR);
    if (!stat.isFIFO() && !stat.isSocket()) return null;
    const wasBlocking = !isNonBlocking();
    // Opening makes it non-blocking. The socket is never written to, and never closed.
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

/** Linux tells the mode. Elsewhere it counts as blocking, which it is unless someone changed it. */
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
