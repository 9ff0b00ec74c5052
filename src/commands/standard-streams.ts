import { closeSync, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/**
 * The process' own stdin and stdout, as streams that wait for neither side and that can be closed. Node's
 * `process.stdout` blocks while a pipe is full, and with it everything that goes the other way; and it never closes.
 */
export function openStdin(): Readable {
  return isPipe(0) ? closing(0, new Socket({ fd: 0, readable: true, writable: false })) : process.stdin;
}

export function openStdout(): Writable {
  return isPipe(1) ? closing(1, new Socket({ fd: 1, readable: false, writable: true })) : process.stdout;
}

/** Files and terminals are left to Node. */
function isPipe(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/** libuv leaves descriptors 0 to 2 open. Something else must have their number, or the next thing opened would be it. */
function closing(fd: 0 | 1, socket: Socket): Socket {
  return socket.once('close', () => {
    closeSync(fd);
    openSync(devNull, fd === 0 ? 'r' : 'w');
  });
}
