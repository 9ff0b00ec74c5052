import type { Readable, Writable } from 'node:stream';

export interface RelayOptions {
  readonly from: Readable;
  readonly to: Writable;
  /** Called with each chunk after it was forwarded. */
  readonly onChunk: (chunk: Buffer) => void;
}

/** One direction of a pipe through this process. */
export interface Relay {
  /** Resolves when everything was forwarded and `to` has ended, or when `to` has closed. */
  readonly done: Promise<void>;
  /** Number of bytes forwarded. */
  readonly bytes: number;
  /** Whether it waits for `to` to drain. */
  readonly isBlocked: boolean;
}

/**
 * Forwards every chunk unchanged, with backpressure. The end of `from` ends `to`. If `to` closes, `from` is closed too, so
 * that its writer gets the same error as from a direct pipe.
 */
export function relay({ from, to, onChunk }: RelayOptions): Relay {
  let bytes = 0;
  let isBlocked = false;
  const done = new Promise<void>((resolve) => {
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (!to.write(chunk)) {
        isBlocked = true;
        from.pause();
      }
      onChunk(chunk);
    });
    to.on('drain', () => {
      isBlocked = false;
      from.resume();
    });
    const onOver = () => {
      isBlocked = false;
      from.destroy();
      resolve();
    };
    to.once('error', onOver).once('close', onOver).once('finish', resolve);
    from.once('end', () => to.end());
    // After an error of `from`, `to` ends normally with all data that had arrived.
    from.once('error', () => to.end()).once('close', () => to.end());
    if (from.readableEnded || from.destroyed) to.end();
  });
  return {
    done,
    get bytes() {
      return bytes;
    },
    get isBlocked() {
      return isBlocked;
    },
  };
}
