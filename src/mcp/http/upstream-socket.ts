import type { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

const readable = new WeakSet<Socket>();

/**
 * Lets a response be read although the server has stopped reading the request. Such a server responds and closes the
 * connection, so that the next write fails, and Node would discard the response with the socket. Here, a failed write and
 * all later ones are dropped instead. The end of the connection is then seen by reading.
 */
export function keepReadable(socket: Socket): void {
  if (readable.has(socket)) return;
  readable.add(socket);
  let isBroken = false;
  const tolerant = (done: Done, write: (done: Done) => void) => {
    if (isBroken) return done();
    write((error) => {
      isBroken ||= Boolean(error);
      done();
    });
  };
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => tolerant(done, (next) => write(chunk, encoding, next));
  if (writev) socket._writev = (chunks, done) => tolerant(done, (next) => writev(chunks, next));
}
