import { closeSync, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/**
 * stdin and stdout as non-blocking streams that can be closed. Node's `process.stdout` blocks the process while a pipe is
 * full, and cannot be closed.
 */
export function openStdin(): Readable {
  return isPipe(0) ? closing(0, new Socket({ fd: 0, readable: true, writable: false })) : process.stdin;
}

export function openStdout(): Writable {
  return isPipe(1) ? closing(1, new Socket({ fd: 1, readable: false, writable: true })) : process.stdout;
}

/** Other descriptors, such as files and terminals, use Node's own streams. */
function isPipe(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** libuv never closes descriptors 0 to 2. The null device takes the closed one's number, so that no other file gets it. */
function closing(fd: 0 | 1, socket: Socket): Socket {
  return socket.once('close', () => {
    closeSync(fd);
    openSync(devNull, fd === 0 ? 'r' : 'w');
  });
}
