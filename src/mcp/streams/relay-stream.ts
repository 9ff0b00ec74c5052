import type { Readable, Writable } from 'node:stream';

export interface RelayOptions {
  readonly from: Readable;
  readonly to: Writable;
  /** Looks at each chunk, once it has been handed on. */
  readonly onChunk: (chunk: Buffer) => void;
}

/** One direction of a pipe that goes through this process. */
export interface Relay {
  /** Resolves when everything has been handed on and `to` has ended, or takes no more. */
  readonly done: Promise<void>;
  /** How many bytes have been handed on. */
  readonly bytes: number;
  /** Whether it waits for `to` to take what it has. */
  readonly isBlocked: boolean;
}

/**
 * Hands every chunk on, untouched, no faster than `to` takes them. An end of `from` ends `to`; where nobody reads `to`
 * any more, `from` is closed, so that whoever writes to it learns of it as from a pipe without anything between.
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
    // It broke off: what it has said has been handed on all the same.
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
