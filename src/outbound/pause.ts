/** A wait that can be cut short, and that keeps no process alive. */
export class Pause {
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
      this.shorten(ms);
    });
  }

  /** Ends the wait so long from now. */
  shorten(ms: number): void {
    clearTimeout(this.#timer);
    if (ms === 0) this.#end();
    else this.#timer = setTimeout(this.#end, ms).unref();
  }
}
