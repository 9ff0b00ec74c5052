import type { ClientRequest } from 'node:http';

/** Lets the process end while the request waits for its response. `fetch` has no such option. */
export function keepInBackground(request: ClientRequest): void {
  request.on('socket', (socket) => {
    socket.unref();
    // A name with several addresses has a handle for each attempt.
    for (const event of ['connectionAttempt', 'connect']) socket.on(event, () => socket.unref());
  });
}
