/** Shorter waits need no explanation. */
const SHOWN_AFTER_MS = 1000;

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows on a terminal what the program waits for, if that takes longer than a second, and removes it in the end. */
export async function withProgress<T>(
  text: string,
  wait: Promise<T>,
  terminal: Terminal = process.stderr,
): Promise<T> {
  if (terminal.isTTY !== true) return wait;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    terminal.write(text);
  }, SHOWN_AFTER_MS);
  try {
    return await wait;
  } finally {
    clearTimeout(timer);
    if (isShown) terminal.write(`\r${' '.repeat(text.length)}\r`);
  }
}
